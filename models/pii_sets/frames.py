"""Sentences of the evaluation sets, by language; none of them stands in the training templates.

A slot is filled and labelled with its kind: {name} {first} {last} {city} {address} {zip} {phone} {spoken} {natid}
{taxid} {dob} {iban} {email} {card} {password} {passport} {age}. `CLEAN` holds texts without anything personal.
"""

from __future__ import annotations

FRAMES: dict[str, str] = {
    "en": """
Could you draft a note to {name} saying the parcel went to {address} by mistake?
Our records show {first} {last} moved from {city} to {address} last spring.
The form wants my date of birth, {dob}, and my home number {phone}.
it's {spoken}, ring before six
Put this down: {name}, {phone}, {email}.
The new tenant, {name}, pays from {iban}.
{name}\\n{address}\\n\\nTo whom it may concern, please cancel my subscription.
For the taxi: pick-up at {address}, drop-off in {city}.
Login {email} with {password} and tell me whether it works.
I was born {dob} in {city} and need a copy of the certificate.
Social security number {natid}, date of birth {dob}.
Invoice address: {address}. Questions to {name} at {phone}.
The card {card} was charged twice.
They asked {first} for the passport, number {passport}.
we drove past {address} and nobody was home
{first} is {age} years old and goes to school in {city}.
Rewrite politely: {last} still has not paid, his flat in {city} is a mess.
My post code is {zip}, which bin goes out today?
Delivery for {name}, {address}, phone {phone}
Tax number {taxid} belongs to {name}.
""",
    "de": """
Könntest du {name} schreiben, dass das Paket an {address} ging?
Laut Akte zog {first} {last} von {city} nach {address}.
Im Formular steht mein Geburtsdatum {dob} und meine Telefonnummer {phone}.
meine Nummer ist {spoken}, bitte vor sechs anrufen
Notier dir: {name}, {phone}, {email}.
Die neue Mieterin, Frau {last}, zahlt von {iban}.
{name}\\n{address}\\n\\nHiermit kündige ich mein Abo.\\n\\nMit freundlichen Grüßen\\n{name}
Taxi bitte: Abholung {address}, Ziel {city}.
Melde dich mit {email} und dem Passwort {password} an.
Ich wurde am {dob} in {city} geboren und brauche eine Urkunde.
Meine Steuer-ID lautet {taxid}, geboren bin ich am {dob}.
Rechnungsadresse: {address}. Fragen an Herrn {last} unter {phone}.
Meine Kreditkarte {card} wurde zweimal belastet.
Reisepassnummer {passport}, ausgestellt in {city}
Sehr geehrter Herr {last}, Ihre Sozialversicherungsnummer ist {natid}.
{first} ist {age} Jahre alt und geht in {city} zur Schule.
ich wohne jetzt in der {address} und suche einen Arzt
Die Postleitzahl ist {zip}, welche Tonne kommt heute raus?
Lieferung für {name}, {address}, Tel. {phone}
Ruf unter {phone} an und frag nach {first}.
""",
    "fr": """
Peux-tu écrire à {name} que le colis est parti au {address} par erreur ?
D'après le dossier, {first} {last} a quitté {city} pour le {address}.
Le formulaire demande ma date de naissance, {dob}, et mon téléphone {phone}.
mon numéro c'est le {spoken}, avant six heures
Note : {name}, {phone}, {email}.
La nouvelle locataire, Mme {last}, paie depuis {iban}.
{name}\\n{address}\\n\\nJe résilie mon abonnement.\\n\\nCordialement,\\n{name}
Taxi : départ {address}, arrivée {city}.
Connecte-toi avec {email} et le mot de passe {password}.
Je suis né le {dob} à {city} et il me faut un acte.
Mon numéro de sécurité sociale est {natid}, né le {dob}.
Adresse de facturation : {address}. Questions à M. {last} au {phone}.
Ma carte bancaire {card} a été débitée deux fois.
Passeport numéro {passport}, délivré à {city}
Cher Monsieur {last}, votre numéro fiscal est {taxid}.
{first} a {age} ans et va à l'école à {city}.
j'habite maintenant {address} et je cherche un médecin
Mon code postal est {zip}, quelle poubelle sort-on ?
Livraison pour {name}, {address}, tél. {phone}
Appelle le {phone} et demande {first}.
""",
    "es": """
¿Puedes escribir a {name} que el paquete fue a {address} por error?
Según la ficha, {first} {last} se mudó de {city} a {address}.
El formulario pide mi fecha de nacimiento, {dob}, y mi teléfono {phone}.
mi número es el {spoken}, antes de las seis
Apunta: {name}, {phone}, {email}.
La nueva inquilina, la señora {last}, paga desde {iban}.
{name}\\n{address}\\n\\nSolicito la baja.\\n\\nAtentamente,\\n{name}
Taxi: recogida en {address}, destino {city}.
Entra con {email} y la contraseña {password}.
Nací el {dob} en {city} y necesito una partida.
Mi DNI es {natid}, nacida el {dob}.
Dirección de facturación: {address}. Preguntas al Sr. {last} en el {phone}.
Me cobraron dos veces en la tarjeta {card}.
Pasaporte número {passport}, expedido en {city}
Estimado señor {last}: su CIF es {taxid}.
{first} tiene {age} años y va al colegio en {city}.
ahora vivo en {address} y busco médico
Mi código postal es {zip}, ¿qué basura toca hoy?
Entrega para {name}, {address}, tel. {phone}
Llama al {phone} y pregunta por {first}.
""",
    "it": """
Puoi scrivere a {name} che il pacco è andato in {address} per errore?
Dalla scheda {first} {last} si è trasferito da {city} in {address}.
Il modulo chiede la data di nascita, {dob}, e il telefono {phone}.
il mio numero è {spoken}, prima delle sei
Annota: {name}, {phone}, {email}.
La nuova inquilina, la signora {last}, paga da {iban}.
{name}\\n{address}\\n\\nChiedo la disdetta.\\n\\nCordiali saluti,\\n{name}
Taxi: partenza {address}, arrivo {city}.
Entra con {email} e la password {password}.
Sono nato il {dob} a {city} e mi serve un certificato.
Il mio codice fiscale è {natid}, nata il {dob}.
Indirizzo di fatturazione: {address}. Domande al signor {last} al {phone}.
La carta di credito {card} è stata addebitata due volte.
Passaporto numero {passport}, rilasciato a {city}
Egregio dottor {last}, la sua partita IVA è {taxid}.
{first} ha {age} anni e va a scuola a {city}.
adesso abito in {address} e cerco un medico
Il mio CAP è {zip}, quale bidone esce oggi?
Consegna per {name}, {address}, tel. {phone}
Chiama il {phone} e chiedi di {first}.
""",
    "nl": """
Kun je {name} schrijven dat het pakket per ongeluk naar {address} ging?
Volgens het dossier verhuisde {first} {last} van {city} naar {address}.
Op het formulier staat mijn geboortedatum {dob} en mijn telefoonnummer {phone}.
mijn nummer is {spoken}, bel voor zes uur
Noteer: {name}, {phone}, {email}.
De nieuwe huurder, mevrouw {last}, betaalt van {iban}.
{name}\\n{address}\\n\\nHierbij zeg ik op.\\n\\nMet vriendelijke groet,\\n{name}
Taxi graag: ophalen {address}, bestemming {city}.
Log in met {email} en wachtwoord {password}.
Ik ben geboren op {dob} in {city} en heb een akte nodig.
Mijn BSN is {natid}, geboren {dob}.
Factuuradres: {address}. Vragen aan de heer {last} op {phone}.
Mijn creditcard {card} is twee keer belast.
Paspoortnummer {passport}, afgegeven in {city}
Geachte heer {last}, uw btw-nummer is {taxid}.
{first} is {age} jaar oud en gaat in {city} naar school.
ik woon nu op {address} en zoek een huisarts
Mijn postcode is {zip}, welke bak gaat vandaag buiten?
Levering voor {name}, {address}, tel. {phone}
Bel {phone} en vraag naar {first}.
""",
    "pt": """
Podes escrever a {name} que a encomenda foi para {address} por engano?
Segundo a ficha, {first} {last} mudou-se de {city} para {address}.
O formulário pede a data de nascimento, {dob}, e o telefone {phone}.
meu número é {spoken}, antes das seis
Anota: {name}, {phone}, {email}.
A nova inquilina, dona {last}, paga de {iban}.
{name}\\n{address}\\n\\nSolicito o cancelamento.\\n\\nAtenciosamente,\\n{name}
Táxi: saída {address}, destino {city}.
Entra com {email} e a senha {password}.
Nasci em {dob} em {city} e preciso de uma certidão.
Meu CPF é {natid}, nascida em {dob}.
Endereço de cobrança: {address}. Perguntas ao senhor {last} no {phone}.
Meu cartão de crédito {card} foi cobrado duas vezes.
Passaporte número {passport}, emitido em {city}
Prezado senhor {last}, o CNPJ é {taxid}.
{first} tem {age} anos e estuda em {city}.
agora moro na {address} e procuro um médico
O meu código postal é {zip}, qual lixo sai hoje?
Entrega para {name}, {address}, tel. {phone}
Liga para {phone} e pergunta por {first}.
""",
}

CLEAN: dict[str, str] = {
    "en": """
Which museum opens earliest on the 14th of July?
The treaty of 1648 ended a long war, the one of 1713 another.
Build 2024.1 crashes with code 0x80070057 after 3 retries.
Meet me at quarter past four, the train leaves at 16:52 from platform 9.
The recipe needs 250 g of flour, 4 eggs and a pinch of salt at 180 degrees.
My flight is BA1234 on 3 May, gate 22.
The laptop has 16GB of memory, a 512GB drive and an RTX4090.
We rent 3 rooms on the 2nd floor for 12 people.
Who discovered penicillin and when?
Chapter 7, page 113, second paragraph: what does the author mean?
The 2008 crisis started with mortgages; by 2012 rates had fallen.
The warranty ends on 31 December 2026.
The software was released on 12 March 1998.
""",
    "de": """
Welches Museum öffnet am 14. Juli am frühesten?
Der Vertrag von 1648 beendete einen langen Krieg.
Der Zug fährt um 16:52 von Gleis 9, Wagen 21.
Für das Rezept brauche ich 250 g Mehl und 4 Eier bei 180 Grad.
Die Garantie endet am 31. Dezember 2026.
Der Weg ist 12 Kilometer lang, Platz 3 war das Ziel.
Kapitel 7, Seite 113: Was meint der Autor?
Die Rechnung über 1.234,56 Euro ist am 15.03.2026 fällig.
""",
    "fr": """
Quel musée ouvre le plus tôt le 14 juillet ?
Le traité de 1648 mit fin à une longue guerre.
Le train part à 16 h 52 de la voie 9, voiture 21.
Il faut 250 g de farine et 4 œufs à 180 degrés.
La garantie expire le 31 décembre 2026.
Il y a 3 places dans 2 rues voisines.
Chapitre 7, page 113 : que veut dire l'auteur ?
La facture de 1 234,56 euros est à payer le 15/03/2026.
""",
    "es": """
¿Qué museo abre antes el 14 de julio?
El tratado de 1648 puso fin a una larga guerra.
El tren sale a las 16:52 de la vía 9, coche 21.
Hacen falta 250 g de harina y 4 huevos a 180 grados.
La garantía vence el 31 de diciembre de 2026.
Hay 3 plazas en 2 calles cercanas.
Capítulo 7, página 113: ¿qué quiere decir el autor?
La factura de 1.234,56 euros vence el 15/03/2026.
""",
    "it": """
Quale museo apre prima il 14 luglio?
Il trattato del 1648 mise fine a una lunga guerra.
Il treno parte alle 16:52 dal binario 9, carrozza 21.
Servono 250 g di farina e 4 uova a 180 gradi.
La garanzia scade il 31 dicembre 2026.
Ci sono 3 posti in 2 vie vicine.
Capitolo 7, pagina 113: cosa intende l'autore?
La fattura di 1.234,56 euro scade il 15/03/2026.
""",
    "nl": """
Welk museum gaat op 14 juli het vroegst open?
Het verdrag van 1648 maakte een einde aan een lange oorlog.
De trein vertrekt om 16:52 van spoor 9, wagon 21.
Voor het recept heb ik 250 g meel en 4 eieren nodig bij 180 graden.
De garantie loopt af op 31 december 2026.
Er zijn 3 plekken in 2 straten verderop.
Hoofdstuk 7, pagina 113: wat bedoelt de schrijver?
De rekening van 1.234,56 euro moet op 15-03-2026 betaald zijn.
""",
    "pt": """
Que museu abre mais cedo no dia 14 de julho?
O tratado de 1648 pôs fim a uma longa guerra.
O comboio parte às 16:52 da linha 9, carruagem 21.
São precisos 250 g de farinha e 4 ovos a 180 graus.
A garantia termina em 31 de dezembro de 2026.
Há 3 lugares em 2 ruas próximas.
Capítulo 7, página 113: o que quer dizer o autor?
A fatura de 1.234,56 euros vence em 15/03/2026.
""",
}

BARE = """
{x}
it is {x} I think
Could you check {x} for me?
{x} - is that still right in the file?
So far I have: {x}.
the first one says {x}, the second one is empty
Please save {x} for later.
> {x}
Here you go: {x}
{x}, thanks!
They wrote {x} on the form.
("{x}")
"""
"""Sentences that say nothing of what stands in them."""

NEAR = """
The meeting is on {day} {month} 2026.
Version {n}.{n}.{n} was released {month} {day}, 2024.
Einstein published in 1905 and died on 18 April 1955.
The battle took place on {day} {month} 1944.
Error E{nn} in module A{n}, see ticket #{nnnn}.
Buy the WH-1000XM4 or the A{nnnn} cable?
The iPhone15Pro costs {nnn} dollars.
const x1 = getValue2(foo_bar3);
import numpy as np; np.zeros((3, {n}))
Read RFC {nnnn} and ISO {nnnn}-1.
My flight LH{nnn} leaves at 18:45.
The first edition appeared in {month} 1937.
Use C++17, Python3.11 and TLS1.3.
Room B{nn}, row {n}, seat {nn}A.
World Cup 2014, Olympics 2012, Euro 2016.
see https://example.org/a1b2 for details
The deadline is {month} {day} at noon.
H2O, CO2 and C6H12O6 are molecules.
convert 1{nnnn}mm to inches
Covid-19 and H1N1 spread fast
On September 11, 2001 the world changed.
The law of 12 July 1965 still holds.
git checkout -b feature/ABC-{nnnn}
The Q3FY24 numbers look fine.
R2D2 and C3PO walk into a bar
Section 4(b)(2), paragraph {n}.
the file is called IMG_{nnnn}.JPG
resolution 1920x1080@60Hz
SELECT * FROM t WHERE zip = 12345 AND n > {nnn}
In May and June of 1999 it rained a lot.
"""
