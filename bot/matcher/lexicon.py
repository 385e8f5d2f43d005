"""Small word lists of our own: chat abbreviations, greetings, thanks and everyday words.

Everything here is written the way `folding.plain` writes words: lower case, no accents.
"""

# What people type on a phone → what they mean. Only abbreviations that mean one thing in all
# three languages together: "to" or "cm" would repair one language and break another. No value
# contains a key, so that expanding twice changes nothing.
ABBREVIATIONS: dict[str, str] = {
    # Portuguese
    "vc": "voce", "vcs": "voces", "ce": "voce", "oce": "voce",
    "tb": "tambem", "tbm": "tambem", "tbem": "tambem", "pq": "porque", "oq": "o que",
    "oque": "o que", "q": "que", "qq": "qualquer", "qlqr": "qualquer", "qualqr": "qualquer",
    "qd": "quando", "qdo": "quando", "qnd": "quando", "qndo": "quando", "qt": "quanto",
    "qto": "quanto", "qnt": "quanto", "qts": "quantos", "qm": "quem", "kd": "cade",
    "p": "para", "pra": "para", "pras": "para as", "pro": "para o", "pros": "para os",
    "n": "nao", "naum": "nao", "eh": "e",
    "ta": "esta", "tah": "esta", "tava": "estava", "tou": "estou",
    "hj": "hoje", "amh": "amanha", "agr": "agora", "dps": "depois", "msm": "mesmo",
    "mt": "muito", "mto": "muito", "mta": "muita", "mts": "muitos", "td": "tudo",
    "tds": "todos", "nd": "nada", "ngm": "ninguem", "algm": "alguem", "obg": "obrigado",
    "obgd": "obrigado", "obgda": "obrigada", "brigado": "obrigado", "brigada": "obrigada",
    "vlw": "valeu", "blz": "beleza", "fds": "fim de semana", "cmg": "comigo",
    "ctg": "contigo", "aki": "aqui", "akele": "aquele", "axo": "acho", "entaum": "entao",
    "pfv": "por favor", "pfvr": "por favor", "pfr": "por favor", "ppv": "por favor",
    "sla": "sei la", "flw": "falou", "qro": "quero", "cmo": "como", "gnt": "gente",
    "d": "de", "cel": "celular",
    # English
    "u": "you", "ur": "your", "r": "are", "pls": "please", "plz": "please",
    "plss": "please", "thx": "thanks", "tnx": "thanks", "thnx": "thanks", "thks": "thanks",
    "ty": "thank you", "bc": "because", "cuz": "because", "coz": "because", "b4": "before",
    "ppl": "people", "acct": "account", "pwd": "password", "wat": "what", "wut": "what",
    "wanna": "want to", "gonna": "going to", "gotta": "have to", "gimme": "give me",
    "lemme": "let me", "dunno": "do not know", "abt": "about", "hw": "how", "wen": "when",
    "cud": "could", "shud": "should", "wud": "would", "tmrw": "tomorrow", "2day": "today",
    "2moro": "tomorrow", "rn": "right now", "asap": "as soon as possible",
    # Spanish
    "xq": "porque", "xfa": "por favor", "xfavor": "por favor", "porfa": "por favor",
    "porfis": "por favor", "tmb": "tambien", "tmbn": "tambien", "dnd": "donde",
    "cdo": "cuando", "bn": "bien", "grax": "gracias",
    "grcs": "gracias", "ud": "usted", "uds": "ustedes",
    "tngo": "tengo", "kiero": "quiero", "aser": "hacer",
}  # fmt: skip

# Said before the question and after it; taken off only when something is left.
GREETINGS: tuple[str, ...] = (
    "oi", "oie", "oii", "ola", "alo", "opa", "eai", "e ai", "hey", "hi", "hello", "hallo",
    "hiya", "hola", "buenas", "buen dia", "bom dia", "boa tarde", "boa noite", "bons dias",
    "buenos dias", "buenas tardes", "buenas noches", "good morning", "good afternoon",
    "good evening", "hi there", "hello there", "hey there", "tudo bem", "tudo bom", "td bem",
    "que tal", "como vai", "pessoal", "galera", "moco", "moca", "amigo", "amiga",
    "senhor", "senhora", "sir", "madam", "guys", "por favor", "please", "por gentileza",
)  # fmt: skip

THANKS: tuple[str, ...] = (
    "obrigado", "obrigada", "muito obrigado", "muito obrigada", "desde ja obrigado",
    "desde ja obrigada", "desde ja agradeco", "agradeco", "valeu", "grato", "grata", "thanks",
    "thank you", "many thanks", "thanks a lot", "thanks in advance", "cheers", "gracias",
    "muchas gracias", "mil gracias", "por favor", "please", "por gentileza", "abraco", "abs",
)  # fmt: skip

# Everyday words a message may hold although the library does not: a spelling repair must not
# turn "have" into "save" because only the latter is in the library.
_COMMON = """
a o as os um uma uns umas e ou mas se que nao sim com sem de da do das dos em na no nas nos por
para pelo pela pelos pelas ao aos ate sobre entre depois antes quando onde como quanto quanta
quantos quantas qual quais quem porque porem entao agora hoje ontem amanha ja ainda sempre nunca
muito muita muitos muitas pouco pouca mais menos bem mal tudo nada algo alguem ninguem algum alguma
alguns algumas nenhum nenhuma todo toda todos todas cada outro outra outros outras mesmo mesma este
esta estes estas esse essa esses essas isso isto aquele aquela aquilo eu tu ele ela nos voce voces
eles elas meu minha meus minhas seu sua seus suas nosso nossa dele dela me te lhe mim comigo contigo
ser sou era foi fui sao seja sera estar estou estao estava esteve ter tenho tem tinha teve tive
haver houve fazer faco faz fez fiz feito poder posso pode podem podia consigo consegue conseguir
querer quero quer queria gostaria precisar preciso precisa saber sei sabe sabia ir vou vai vamos vao
ver vejo dizer disse falar falo fala dar deu dei ficar fica fico ficou deixar deixa passar passa
achar acho acha entender entendi ajudar ajuda pedir pede chegar chega chegou vir veio vem usar uso
usa comprar comprei compra vender pagar pago paga paguei receber recebi recebe enviar enviei envia
mandar manda mandei abrir abre abri fechar fecha sair entrar entra mudar muda mudei trocar troca
cancelar cancela casa dia dias semana mes meses ano anos hora horas minuto tempo vez vezes coisa
pessoa pessoas nome numero lugar cidade rua pais mundo vida trabalho dinheiro valor preco conta
problema ajuda pergunta resposta exemplo parte caso forma tipo novo nova velho bom boa bons boas
grande pequeno certo certa errado possivel melhor pior primeiro segundo ultimo proximo favor obrigado
obrigada oi ola tarde noite aqui la ali dentro fora perto longe cima baixo
the an and or but if then than so of to in on at by for from with without about into over under after
before between through during until again once here there when where why how what which who whom whose
all any both each few more most other some such no nor not only own same too very just also even ever
never always often still already yet now today tomorrow yesterday soon later first last next new old
good bad great best better worse right wrong big small long short high low many much little less
i me my mine we us our ours you your yours he him his she her it its they them their this that these
those be am is are was were been being have has had having do does did done doing can could will would
shall should may might must need want wants wanted like liked know knew think thought tell told say said
see saw look find found give gave get got gets getting make made makes take took come came go goes
went going gone put let keep kept use used using try tried ask asked work works working worked call
called feel help please thanks thank hello sorry yes okay time day days week weeks month months year
years hour hours minute way thing things people person man woman name number place home house city
world life money price cost part case kind sort question answer problem back down out off away up
open close send sent buy bought pay paid sell sold change changed stop start wait show turn move leave
left live lost lose play read write run set talk speak hear hold bring happen happened seem because
el los las una unos unas y pero con sin del al en por para desde hasta segun cuando donde como cuanto
cuanta cuantos cuantas cual cuales quien porque entonces ahora hoy ayer manana ya todavia siempre nunca
mucho mucha muchos muchas poco poca mas menos bien mal todo toda todos todas nada algo alguien nadie
algun alguna ningun ninguna otro otra otros otras mismo misma este esta estos estas ese esa eso esto
aquel aquella yo tu usted ustedes ellos ellas nosotros mi mis su sus nuestro nuestra conmigo ser soy
es somos son era fue sea estar estoy esta estamos estan estaba tener tengo tiene tienen tenia tuve
hacer hago hace hizo hice hecho poder puedo puede pueden podria querer quiero quiere quisiera
necesitar necesito necesita saber sabe ir voy va vamos ver veo decir dijo dice hablar hablo dar doy
quedar dejar pasar pasa creer entender ayudar ayuda pedir llegar llega llego venir viene usar comprar
compre pagar pague recibir recibi enviar envio abrir cerrar salir entrar cambiar cancelar dia dias
semana mes meses ano anos hora horas tiempo vez veces cosa persona personas nombre numero lugar
ciudad calle pais mundo vida trabajo dinero valor precio cuenta problema pregunta respuesta nuevo
nueva viejo bueno buena grande pequeno cierto posible mejor peor primero segundo ultimo proximo favor
gracias hola tarde noche aqui alli dentro fuera cerca lejos
"""
COMMON_WORDS: frozenset[str] = frozenset(_COMMON.split())
