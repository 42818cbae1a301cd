"""Words that stand before a colon in speech and in lists, in the languages of the product; none of them is a speaker."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: words that begin a thought, not a turn
SPEECH = _words(
    "so and but or because well okay ok yes no yeah right also then now note notes example examples "
    "reason first second third finally summary warning important remember reminder update todo http https ftp mailto www "
    "re fw fwd ps nb eg ie thing point problem issue idea quote translation transcript date time subject title topic "
    "location duration length version page zum beispiel also aber und oder weil ja nein "
    "datum ort dauer thema titel fecha lugar duración tema título ejemplo lieu durée sujet titre exemple luogo durata titolo esempio "
    "plaats duur onderwerp voorbeeld data local duração exemplo"
)

#: words that are hardly ever in a label in lower case
FUNCTION = _words(
    "i you he she it we they my your his her its our their me us them what how why when where who which that this these those there here "
    "is are was were be been am have has had do does did will would can could should must if then because but so not don't a an the to "
    "in on at for from with about like just one thing only very too as by all any some more most "
    "ich du er sie es wir ihr mein meine dein unser was wie warum wann wo wer dass das der die den dem ein eine ist war sind hat haben wird nicht aber wenn weil auch noch nur mit für auf "
    "je tu il elle nous vous ils mon ma mes ce c'est est sont était que qui quoi comment pourquoi pas mais le la les un une des pour avec dans "
    "yo él ella nosotros mi mis que qué como cómo es son era no pero el los las un una por para con en "
    "eu ele ela nós meu minha o os as um uma é são não mas por com em "
    "ik jij hij zij wij mijn wat hoe waarom dat dit het een is was zijn niet maar voor met op "
    "io lui lei noi mio mia che cosa come perché è sono non ma lo gli uno per con"
)

#: particles of names that are written small
PARTICLES = _words("von van de der den da di du del della la le el al bin ibn ben y e und and of the zu ter ten dos das do op 't")

#: words that head a part of a talk, alone or with a number ("Round 2", "Session 3")
HEADINGS = _words(
    "round session part section chapter phase block module task exercise activity scenario topic theme warm-up warmup break pause opening closing intro outro day week screen slide scene "
    "runde sitzung teil abschnitt kapitel modul aufgabe übung szenario tag woche folie begrüßung "
    "ronde séance partie chapitre tâche exercice jour semaine ronda sesión parte sección capítulo tarea ejercicio día "
    "rodada sessão seção tarefa exercício dia sessie deel hoofdstuk opdracht dag sessione sezione capitolo compito esercizio giorno"
)

#: words before a colon with which whoever writes a talk down remarks on it; nobody says them
REMARKS = _words(
    "note notes nb remark remarks comment comments observation observations memo transcript translation transcriber location duration "
    "notiz notizen anmerkung anmerkungen bemerkung bemerkungen kommentar beobachtung transkript übersetzung datum ort dauer "
    "remarque remarques commentaire commentaires traduction lieu durée nota notas observación observaciones comentario comentarios traducción lugar duración "
    "observação observações comentário tradução duração opmerking opmerkingen notitie plaats duur osservazione osservazioni commento traduzione luogo durata"
)

#: subjects that people list ("Price: too high"); a label that is one of them is a speaker only where somebody declares it
TOPICS = _words(
    "price prices pricing cost costs delivery shipping quality speed design usability navigation performance features feature payment checkout returns refund refunds "
    "pro pros con cons advantages disadvantages strengths weaknesses positive negative positives negatives likes dislikes good bad goal goals task tasks step steps "
    "result results conclusion background context introduction agenda theme themes age gender income occupation budget recommendation recommendations "
    "expectation expectations pain pains gain gains need needs wish wishes emotion emotions frustration frustrations action actions thought thoughts "
    "preis preise kosten lieferung versand qualität geschwindigkeit bedienung navigation zahlung bezahlung rückgabe vorteile nachteile vorteil nachteil stärken schwächen "
    "ziel ziele aufgabe ergebnis ergebnisse fazit hintergrund einleitung alter geschlecht beruf wunsch wünsche erwartung erwartungen "
    "prix coût coûts livraison qualité vitesse paiement retour retours avantages inconvénients objectif objectifs résultat résultats conclusion contexte âge "
    "precio precios coste costes entrega envío calidad velocidad pago devolución ventajas desventajas objetivo objetivos resultado resultados edad "
    "preço preços custo entrega envio qualidade pagamento devolução vantagens desvantagens objetivo resultado idade "
    "prijs prijzen kosten levering verzending kwaliteit snelheid betaling retour voordelen nadelen doel resultaat leeftijd "
    "prezzo prezzi costo consegna spedizione qualità velocità pagamento reso vantaggi svantaggi obiettivo risultato età"
)
