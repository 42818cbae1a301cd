"""Words that a language is full of and that say nothing of a text's subject: articles, pronouns, prepositions, auxiliaries.

Put together here by hand from the closed classes of each language. They tell languages apart, and are left out of themes. A language without a list is not
guessed, and its themes keep all words.
"""

from __future__ import annotations

_TEXT = {
    "en": "the a an and or but if so because as than of at by for with about into through from to in on off up down out over under again then here there when where why how all any both each few more most "
          "other some such no nor not only own same too very can could will would should may might must shall do does did doing done don't doesn't didn't can't won't wouldn't isn't wasn't aren't weren't "
          "haven't hasn't hadn't couldn't i me my mine we us our ours you your yours he him his she her hers it its they them their theirs this that these those who whom whose which what am is are was were be "
          "been being have has had having i'm i've i'd i'll it's that's there's they're we're you're just also even still after before while until during between without get got",
    "de": "der die das den dem des ein eine einen einem einer eines und oder aber wenn weil dass daß als wie auch nur noch schon sehr so zu zum zur im in ins am an auf aus bei beim mit nach von vom vor über unter "
          "durch für gegen ohne um ich mich mir mein meine meinen meinem meiner du dich dir dein deine er ihn ihm sie es wir uns unser unsere ihr euch euer ihre ihren ihrem ihrer sein seine seinen ist sind war "
          "waren bin bist seid wäre habe hat haben hatte hatten werden wird wurde wurden worden kann können konnte muss müssen soll sollte will wollte darf nicht kein keine keinen keiner nichts man sich dies "
          "diese dieser dieses diesen hier da dort dann wann wo was wer welche jede jeder alle alles mehr immer wieder nun doch mal denn ob",
    "fr": "le la les un une des du de d l au aux et ou mais si que qui quoi dont où quand comme car donc ne pas plus très trop peu tout toute tous toutes je me m moi mon ma mes tu te t toi ton ta tes il elle on "
          "nous notre nos vous votre vos ils elles leur leurs se s son sa ses ce cet cette ces ça cela c est sont suis es êtes était étaient été être ai as a avons avez ont avait avaient eu avoir fait faire peut "
          "pouvez pour par avec sans sous sur dans chez vers entre depuis avant après encore aussi même j n qu y en",
    "es": "el la los las un una unos unas de del al y o pero si que quien cual cuando donde como porque por para con sin sobre entre hasta desde en a no ni muy más menos mucho poco todo toda todos todas yo me mi mis "
          "mí tú te tu tus él ella ello nosotros nos nuestro nuestra ustedes usted ellos ellas les le lo se su sus este esta esto estos estas ese esa eso es son soy eres era eran fue fueron ser sido estoy está "
          "están estaba estado he ha han había haber hay tengo tiene tienen tenía ya también aún así qué cómo",
    "pt": "o a os as um uma uns umas de do da dos das no na nos nas ao aos à às e ou mas se que quem qual quando onde como porque por pelo pela para pra com sem sobre entre até desde em não nem muito muita mais menos "
          "pouco todo toda todos todas eu me mim meu minha meus minhas tu te você vocês seu sua seus suas ele ela eles elas lhe nós nosso nossa este esta isto esse essa isso aquele é são sou era eram foi foram ser "
          "sido estou está estão estava tenho tem têm tinha ter há já também ainda só bem fui vou vai estão num numa",
    "it": "il lo la i gli le un uno una di del dello della dei degli delle a al allo alla ai agli alle da dal dalla in nel nella nei su sul sulla con per tra fra e o ma se che chi cui quando dove come perché non né "
          "molto più meno poco tutto tutta tutti tutte io mi me mio mia miei mie tu ti te tuo tua lui lei noi ci nostro voi vi loro si suo sua suoi questo questa questi queste quello quella è sono sei era erano "
          "essere stato stata ho hai ha abbiamo hanno aveva avere anche ancora già solo c'è così ne",
    "nl": "de het een en of maar als dat die wat wie waar wanneer hoe omdat want dus ook nog al niet geen wel zeer heel te van voor met zonder op aan in uit bij naar om over onder door tot tegen ik me mij mijn je jij "
          "jou jouw u uw hij hem zijn haar zij ze wij we ons onze jullie hun hen dit deze er hier daar dan is was waren ben bent geweest heb hebt heeft had hadden hebben word wordt werd worden kan kunnen kon moet "
          "moeten zal zou wil wilde veel meer alle alles iets niets",
    "pl": "i a o w we z ze na do od po za pod nad przez przy dla bez u lub albo ale że żeby bo gdy kiedy jak jaki która który które co kto nie tak już jeszcze tylko też także bardzo więcej mniej ja mnie mi mój moja "
          "moje ty cię ci twój on jego jemu ona jej ono my nas nam nasz wy was oni ich im się to ten ta te tego tej tym jest są był była było byli być będzie mam ma mają miał może można czy gdzie tu tam",
    "ru": "и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по только ее её мне было вот от меня еще ещё нет о из ему теперь когда даже ну ли если уже или ни быть был него до вас нибудь "
          "вам ведь там потом себя ничего ей может они тут где есть надо ней для мы тебя их чем была сам чтоб без будто чего раз тоже себе под будет тогда кто этот того потому этого какой здесь этом мой моя моё "
          "мои это при об чтобы нас были них очень",
    "uk": "і й в у не що він на я з із як а то все вона так його але та ти до же ви за б по тільки її мені було від мене ще ні про коли навіть чи якщо вже або бути був для ми їх це цей ця є де там тут дуже також при щоб",
    "bg": "и в във не че той на аз с със как а то тя така го но да ти към у вие за би по само ми беше от мен още няма кога дори ли ако вече или съм са е ще си се ние те това този тази има къде там тук много също при",
}
#: the words of each language, as they are compared: small letters, with accents
WORDS: dict[str, frozenset[str]] = {language: frozenset(text.split()) for language, text in _TEXT.items()}

_NOT = ("not no never none nothing nobody nor without cannot neither nicht kein keine keinen keinem keiner keines nie niemals nichts niemand ohne ne pas jamais rien aucun aucune sans nunca nada nadie "
        "sin ninguno ningún não nem ninguém sem nenhum nenhuma non né mai niente nessuno senza niet geen nooit niets niemand zonder nie bez nigdy nic не нет ни никогда ничего без ні немає няма")
#: words that turn a statement round, or a number of them: texts that differ in one are no copies of each other
NEGATIONS: frozenset[str] = frozenset(_NOT.split())
