"""Words that are names as well: a part of a listed name that is one of these counts only where it looks like a name.

"Will", "Rose" and "Mark" alone are masked with a capital ("Will called") and left alone without ("I will"); "Smith" is
masked in any case.
"""

from __future__ import annotations

from privacy_assistant.core.patterns.words import words

NAME_WORDS: frozenset[str] = words(
    # English given names
    "amen angel april art ash aspen august autumn basil bay bear bell berry bill bliss bob brandy breeze brook "
    "buck bud buddy candy cash chance charity chase chip cliff clay coral crystal daisy dawn dean dill don drew "
    "duke earnest ever fae fair faith fern flip forest frank gay ginger glen gold grace grant guy happy harmony "
    "hazel heath heather heaven hero holly honey hope hunter iris ivy jack jade jay jet jewel joy judge junior "
    "justice king lake lane lily lot lotus luck major mark marina marine mars mat max may mercy merry mint misty "
    "noble oak ocean olive page pat patience pearl peg penny pepper pierce pilot pleasant prince princess queen "
    "rain randy ray red reed reef rich river rob robin rock rocky rod rose royal rusty rye sage sandy scarlet "
    "serene shade sky skipper sol song sonny star stew sterling stone storm summer sunny sunshine tab tanner "
    "temple tiger trace trinity true vivid wade ward warren west will winter "
    # English family names
    "abbey abbot adder archer ashes baker ball banks barber barker barn barnes battle beach beam bean beard bee "
    "bench bent best bird bishop black blank bloom blue bolt bond book booth boss boy bow bowl box brand branch "
    "bread bridge bridges bright broad brown buckle bull bunch burden burn burns bush butcher butler button camp "
    "cane cannon canon carpenter cart carter case castle chapel chapman cherry child childs christian church "
    "close coach coal coffee coin comb cook cooper cope corn court cove craft cross crow crown curry cutter dart "
    "dash daily day days deal dear deer dew diamond doe dove downs draper driver dry duck dust early east eagle "
    "edge elder elk english eye fall fan farmer feather field fields fig finch fine fish fisher flint flood "
    "flower flowers foot ford foreman forge fort foster fountain fowler fox french friday friend frost game "
    "gardener garden garner gates gear gentle gift gill glass golden good goodman grand gray grave graves green "
    "greene grey grove gunner hack hair hale hall hand hands hard harper hatch hawk hay hayes head heard heart "
    "held herd herring high hill hills hobby hogg hole hood hook hooks hopper horn horse house how hunt hurt inch "
    "iron joiner jump keen key kind knife knight knot lamb lamp land lands lash law laws lay leaf lean leather "
    "ledger lemon liar light lincoln linen link lion list little living lodge long loss lord love lovely lover "
    "low lucky lunch mace mack mad madden maker mallet man manly manor marble march marks marker mason masters "
    "match matters mead means mellow mercer miller mills milk minor mist mole monday monk moon morrow moss mount "
    "mountain nail nation new nice night noon north nun nut odd old orchard orange otter outlaw owl pace pack "
    "packer pain painter palmer park parker parks parrot partridge parry pass patch peace peach peacock pears "
    "pease peel perch petty pickle pike piper place plant plaster plum pole pond pool poor pope porch porter "
    "potter pound powder power price pride priest prior proper proud purple quick quill race rains ram ranger "
    "raven read reader ready reason rector rice richer rider ridge right ring rivers roach road roads roe rooks "
    "room root roots rope round row rush saint salmon salt sands savage sawyer school scales sell senior serf "
    "service shank sharp shepherd ship shirt shoemaker shore short silver simple singer skinner slate slaughter "
    "sleet small smart smiley snow south spark sparks sparrow speed spice spring springs stack stage stamp "
    "starling steed steel stein step stern still stock stocks strange stream street strong stump sugar swan "
    "swallow sweet swift sword tailor teal tent thatcher thorn thrift tower towers town towns trail train trainer "
    "treat tree trees trout trump turner twist vest vine wait waite wake wall warden ware washer waters wells "
    "whale wheat wheel white wild wilder wing winner wise wolf wood woods wool work worth wright writer yard "
    "young younger "
    # German
    "adler alt bach bischof blau burg fisch fischer frei freitag fromm fuss ganz gast gern glas gross grun haas "
    "hammer hase heiss herbst herz himmel hirsch hof holz hund jager jung kaiser kalt kaufmann keller kern kirsch "
    "klein knecht koch konig korn kraft krebs krieg kuhl kuhn kurz lang lange lieb lustig mai meister morgen neu "
    "nuss ost pfeil reich reiter richter ritter roth rot schaf schneider schnell schreiber schuh schwarz schwarze "
    "schweizer seemann sommer sonntag stumpf sturm tag tanz teich thal tod vogel voll wald weiss wunder zeit "
    "zimmer zimmermann gut maus linde "
    # French
    "aime ange avril baron belle berger bien blanc boucher boulanger bon bonne brun cerise chevalier dame desire "
    "dieu esprit fleur france gros jardin jolie jour juste large lune main marchand maison noir parfait perle "
    "petit pierre reine rey riche roi soleil vallee vert "
    # Spanish, Portuguese
    "alegria amado amor blanco cabello calle campo casa coronel costa cruz cuesta esperanza estrella gracia "
    "guerra luna luz madera mar mayor nieves paz plaza reyes rico roja santa sierra torre valle verde gato leite "
    "lobo moreira porto serra "
    # Italian
    "bella bianca bianco bosco celeste fiore fontana gentile luce marino nero perla porta riva rosso sala santi "
    "sole testa vento vita "
    # Dutch
    "beer blauw bruin groen groot heer koning leeuw meer oud rood schilder zand zwart "
)
"""Folded: lower case, without accents. Compiled by hand from common first and last names of seven languages."""
