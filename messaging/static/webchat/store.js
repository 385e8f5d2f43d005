// What this browser remembers of one chat. Works without storage too (private windows): until the next load.

export class Store {
  constructor(area, prefix) {
    this.prefix = prefix;
    this.memory = new Map();
    try {
      this.area = window[area];
      this.area.getItem(prefix);
    } catch {
      this.area = null;
    }
  }

  get(key) {
    try {
      const text = this.area ? this.area.getItem(this.prefix + key) : this.memory.get(key);
      return text == null ? null : JSON.parse(text);
    } catch {
      return null;
    }
  }

  set(key, value) {
    const text = JSON.stringify(value);
    this.memory.set(key, text);
    try {
      this.area?.setItem(this.prefix + key, text);
    } catch {
      this.area = null; // full or forbidden: memory goes on
    }
  }

  clear(key) {
    this.memory.delete(key);
    this.area?.removeItem(this.prefix + key);
  }
}
