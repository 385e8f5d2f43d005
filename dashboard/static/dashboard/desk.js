// Small helpers of Balcão's admin pages. No inline scripts, no libraries.
(function () {
  "use strict";

  function empty(row) {
    row.querySelectorAll("input, textarea").forEach((field) => { field.value = ""; });
    row.querySelectorAll("select").forEach((select) => { select.selectedIndex = 0; });
    row.querySelectorAll("[data-of-row]").forEach((note) => note.remove());
  }

  // Rows that can be added and removed: buttons, texts of channels, opening hours.
  function blankRow(holder) {
    const template = holder.querySelector("template");
    if (template) {
      return template.content.firstElementChild.cloneNode(true);
    }
    const rows = holder.querySelectorAll("[data-row]");
    const row = rows[rows.length - 1].cloneNode(true);
    empty(row);
    row.querySelectorAll("input").forEach((input) => input.removeAttribute("id"));
    return row;
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-files]")) {
      const names = [...event.target.files].map((file) => file.name);
      event.target.closest("label").querySelector("[type=text]").value = names.join(", ");
    }
  });

  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add-row]");
    if (add) {
      const row = blankRow(add.closest("[data-rows]"));
      add.before(row);
      row.querySelector("input, select").focus();
      return;
    }
    const remove = event.target.closest("[data-remove-row]");
    if (remove) {
      const holder = remove.closest("[data-rows]");
      const row = remove.closest("[data-row]");
      if (holder.hasAttribute("data-rows-empty") || holder.querySelectorAll("[data-row]").length > 1) {
        row.remove();
      } else {
        empty(row);
      }
      return;
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      navigator.clipboard?.writeText(copy.dataset.copy);
      const icon = copy.querySelector(".material-symbols-outlined");
      icon.textContent = "check";
      setTimeout(() => { icon.textContent = "content_copy"; }, 1500);
      return;
    }
    // One open verb at a time; a click elsewhere closes it.
    document.querySelectorAll("details.desk-verb[open]").forEach((open) => {
      if (!open.contains(event.target)) {
        open.removeAttribute("open");
      }
    });
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      document.querySelectorAll("details.desk-verb[open]").forEach((open) => open.removeAttribute("open"));
    }
    const form = event.target.closest?.("[data-reply]");
    if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      form.requestSubmit();
    }
  });

  // A double click must not send twice.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-reply]")) {
      return;
    }
    if (event.target.dataset.sent) {
      event.preventDefault();
    }
    event.target.dataset.sent = "1";
  });

  document.addEventListener("DOMContentLoaded", () => {
    const thread = document.getElementById("desk-thread");
    if (!thread) {
      return;
    }
    if (!new URLSearchParams(location.search).has("before")) {
      thread.scrollTop = thread.scrollHeight;
    }
    watch(thread.closest("[data-state-url]"));
  });

  // Ask now and then whether the conversation changed; show it at once unless somebody is typing.
  function watch(page) {
    const text = page.querySelector("[data-reply] textarea");
    const timer = setInterval(async () => {
      if (document.hidden) {
        return;
      }
      const response = await fetch(page.dataset.stateUrl).catch(() => null);
      if (!response || !response.ok || response.redirected) {
        return;
      }
      const { version } = await response.json();
      if (version === page.dataset.version) {
        return;
      }
      clearInterval(timer);
      if (text.value || page.querySelector("details[open]") || location.search) {
        page.querySelector("[data-news]").hidden = false;
      } else {
        location.replace(location.pathname);
      }
    }, 4000);
  }
})();
