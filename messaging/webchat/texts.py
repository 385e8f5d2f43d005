"""What the page itself says, in the three languages the bot speaks.

The page is for the company's customers and follows their browser, not the desk's own languages.
"""

from dataclasses import asdict, dataclass

from django.utils.translation.trans_real import parse_accept_lang_header


@dataclass(frozen=True, slots=True)
class Texts:
    """`{name}` in a text stands for an agent, `{n}` for a number."""

    title: str
    subtitle: str
    page_description: str
    closed_title: str
    closed_text: str
    no_script: str
    log_label: str
    input_label: str
    placeholder: str
    send: str
    suggestions_label: str
    typing: str
    sending: str
    sent: str
    failed: str
    refused: str
    retry: str
    discard: str
    you: str
    bot: str
    agent: str
    in_reply_to: str
    today: str
    yesterday: str
    newer: str
    offline: str
    connecting: str
    unavailable: str
    too_long: str
    unread: str
    forget: str
    forget_question: str
    forget_text: str
    cancel: str
    file: str
    file_failed: str
    welcome: str
    powered_by: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


_PT = Texts(
    title="Fale com a gente",
    subtitle="Respostas na hora; uma pessoa quando precisar",
    page_description="Converse com o nosso atendimento.",
    closed_title="O atendimento por aqui ainda não abriu",
    closed_text="Este chat está desligado no momento. Volte daqui a pouco.",
    no_script="Para conversar por aqui, ative o JavaScript no seu navegador.",
    log_label="Mensagens da conversa",
    input_label="Sua mensagem",
    placeholder="Escreva sua mensagem…",
    send="Enviar",
    suggestions_label="Sugestões de resposta",
    typing="Escrevendo…",
    sending="Enviando…",
    sent="Enviada",
    failed="Não foi enviada.",
    refused="Não pôde ser aceita.",
    retry="Tentar de novo",
    discard="Descartar",
    you="Você",
    bot="Assistente",
    agent="Atendente",
    in_reply_to="Em resposta a",
    today="Hoje",
    yesterday="Ontem",
    newer="Novas mensagens",
    offline="Sem conexão. Suas mensagens seguem assim que ela voltar.",
    connecting="Reconectando…",
    unavailable="O chat não está disponível agora. Tentando de novo…",
    too_long="Faltam {n} caracteres",
    unread="({n}) Nova mensagem",
    forget="Sair da conversa",
    forget_question="Sair da conversa?",
    forget_text="As mensagens deixam de aparecer neste aparelho e uma nova conversa começa.",
    cancel="Cancelar",
    file="Baixar {name}",
    file_failed="O arquivo não pôde ser baixado.",
    welcome="Como podemos ajudar? Escreva sua pergunta abaixo.",
    powered_by="Atendimento por",
)

_EN = Texts(
    title="Talk to us",
    subtitle="Instant answers; a person when you need one",
    page_description="Chat with our customer service.",
    closed_title="This chat is not open yet",
    closed_text="It is switched off at the moment. Please come back in a while.",
    no_script="To chat here, switch on JavaScript in your browser.",
    log_label="Messages of the conversation",
    input_label="Your message",
    placeholder="Write your message…",
    send="Send",
    suggestions_label="Suggested answers",
    typing="Writing…",
    sending="Sending…",
    sent="Sent",
    failed="Not sent.",
    refused="It could not be accepted.",
    retry="Try again",
    discard="Discard",
    you="You",
    bot="Assistant",
    agent="Agent",
    in_reply_to="In reply to",
    today="Today",
    yesterday="Yesterday",
    newer="New messages",
    offline="You are offline. Your messages go out as soon as you are back.",
    connecting="Reconnecting…",
    unavailable="The chat is not available right now. Trying again…",
    too_long="{n} characters left",
    unread="({n}) New message",
    forget="Leave the conversation",
    forget_question="Leave the conversation?",
    forget_text="Its messages are no longer shown on this device and a new conversation begins.",
    cancel="Cancel",
    file="Download {name}",
    file_failed="The file could not be downloaded.",
    welcome="How can we help? Write your question below.",
    powered_by="Service by",
)

_ES = Texts(
    title="Habla con nosotros",
    subtitle="Respuestas al instante; una persona cuando haga falta",
    page_description="Conversa con nuestro servicio de atención.",
    closed_title="Este chat aún no está abierto",
    closed_text="Está desactivado en este momento. Vuelve dentro de un rato.",
    no_script="Para conversar aquí, activa JavaScript en tu navegador.",
    log_label="Mensajes de la conversación",
    input_label="Tu mensaje",
    placeholder="Escribe tu mensaje…",
    send="Enviar",
    suggestions_label="Respuestas sugeridas",
    typing="Escribiendo…",
    sending="Enviando…",
    sent="Enviado",
    failed="No se envió.",
    refused="No se pudo aceptar.",
    retry="Reintentar",
    discard="Descartar",
    you="Tú",
    bot="Asistente",
    agent="Agente",
    in_reply_to="En respuesta a",
    today="Hoy",
    yesterday="Ayer",
    newer="Mensajes nuevos",
    offline="Sin conexión. Tus mensajes saldrán en cuanto vuelva.",
    connecting="Reconectando…",
    unavailable="El chat no está disponible ahora. Reintentando…",
    too_long="Quedan {n} caracteres",
    unread="({n}) Mensaje nuevo",
    forget="Salir de la conversación",
    forget_question="¿Salir de la conversación?",
    forget_text="Los mensajes dejan de mostrarse en este dispositivo y empieza una conversación nueva.",
    cancel="Cancelar",
    file="Descargar {name}",
    file_failed="No se pudo descargar el archivo.",
    welcome="¿En qué podemos ayudar? Escribe tu pregunta abajo.",
    powered_by="Atención con",
)

TEXTS = {"pt": ("pt-BR", _PT), "en": ("en", _EN), "es": ("es", _ES)}


def choose(accept_language: str, default: str) -> tuple[str, Texts]:
    """The language tag and the texts for a browser's `Accept-Language`; `default` when it names none of ours."""
    wanted = [code for code, _ in parse_accept_lang_header(accept_language.lower())]
    for code in (*wanted, default.lower()):
        if code.partition("-")[0] in TEXTS:
            return TEXTS[code.partition("-")[0]]
    return TEXTS["en"]
