"""Countries in English and in their own languages, and the states whose names and codes stand in addresses."""

from __future__ import annotations

from privacy_assistant.core.patterns.pattern import Pattern

STATES = (
    r"(?:AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH"
    r"|OK|OR|PA|PR|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|GU|VI|AS|MP|FM|MH|PW|AA|AE|AP|NSW|VIC|QLD|TAS|ACT|NT|ON|QC|BC"
    r"|AB|MB|SK|NS|NB|NL|PE|YT|NU)"
)
STATE_NAMES = (
    r"(?:Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois"
    r"|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri"
    r"|Montana|Nebraska|Nevada|New (?:Hampshire|Jersey|Mexico|York|South Wales|Brunswick)|(?:North|South) (?:Carolina"
    r"|Dakota)|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|Tennessee|Texas|Utah|Vermont|(?:West )?Virginia"
    r"|Washington|Wisconsin|Wyoming|Ontario|Quebec|Québec|British Columbia|Alberta|Manitoba|Saskatchewan|Nova Scotia"
    r"|Queensland|Victoria|Tasmania|(?:South|Western) Australia)"
)
COUNTRY = Pattern(
    r"(?:the )?(?:Afghanistan|Albania|Algeria|Andorra|Angola|Argentin[ae]?|Armenia|Australi[ae]n?|Austria|Österreich"
    r"|Azerbaijan|Bahamas|Bahrain|Bangladesh|Barbados|Belarus|Belgi(?:um|en|que|ca|ë|o|ca)|Bélgica|Belize|Benin|Bhutan"
    r"|Bolivia|Bosnia(?: and Herzegovina)?|Botswana|Bra[sz]il(?:e|ien|ië)?|Brésil|Brunei|Bulgaria|Burkina Faso|Burundi"
    r"|Cambodia|Cameroon|[CK]anad[aá]|Cape Verde|Chad|Chile|China|Colombia|Comoros|Congo|Costa Rica|Croatia|Cuba|Cyprus"
    r"|Czech(?:ia| Republic)|D[eä]n[e]?mark|Danmark|Djibouti|Dominica|Dominican Republic|Ecuador|Egypt|El Salvador"
    r"|England|Eritrea|Estonia|Eswatini|Ethiopia|Fiji|Finland|Suomi|Fran(?:ce|kreich|cia|krijk|ça)|Gabon|Gambia"
    r"|Georgia|Germany|Deutschland|Allemagne|Alemania|Germania|Duitsland|Alemanha|Ghana|Greece|Grenada|Guatemala|Guinea"
    r"|Guyana|Haiti|Honduras|Hong Kong|Hungary|Iceland|India|Indonesia|Iran|Iraq|Ireland|Éire|Israel|Ital(?:y"
    r"|ien|ie|ia)"
    r"|Itália|Jamaica|Japan|Jordan|Kazakhstan|Kenya|Kosovo|Kuwait|Kyrgyzstan|Laos|Latvia|Lebanon|Lesotho|Liberia|Libya"
    r"|Liechtenstein|Lithuania|Luxemb(?:o)?urg|Madagascar|Malawi|Malaysia|Maldives|Mali|Malta|Mauritania|Mauritius"
    r"|M[eé]xi(?:co|ko|que)|Moldova|Monaco|Mongolia|Montenegro|Morocco|Mozambique|Myanmar|Namibia|Nepal"
    r"|(?:The )?Netherlands|Nederland|Niederlande|Pays-Bas|Países Bajos|Paesi Bassi|Países Baixos|New Zealand|Nicaragua"
    r"|Nigeria?|North Macedonia|Northern Ireland|Norway|Norge|Oman|Pakistan|Panama|Paraguay|Peru|Perú"
    r"|Philippines|Poland"
    r"|Polska|Portugal|Puerto Rico|Qatar|Romania|România|Russia|Russian Federation|Rwanda|Saudi Arabia|Scotland|Senegal"
    r"|Serbia|Seychelles|Sierra Leone|Singapore|Slovakia|Slovenia|Somalia|South (?:Africa|Korea|Sudan)|Spain|España"
    r"|Spanien|Espagne|Spagna|Spanje|Espanha|Sri Lanka|Sudan|Suriname|Sweden|Sverige|Switzerland|Schweiz|Suisse|Suiza"
    r"|Svizzera|Zwitserland|Suíça|Syria|Taiwan|Tajikistan|Tanzania|Thailand|Togo|Tonga|Trinidad and Tobago|Tunisia"
    r"|Turkey|Türkiye|Turkmenistan|Uganda|Ukraine|United Arab Emirates|UAE|United Kingdom|U\.?K\.?|GB|Great Britain"
    r"|United States(?: of America)?|U\.?S\.?A\.?|US|Uruguay|Uzbekistan|Venezuela|Vietnam|Wales|Yemen|Zambia|Zimbabwe)"
    r"(?![\w'’])"
)
