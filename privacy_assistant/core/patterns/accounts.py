"""Numbers with letters in them: IBAN, wallets, vehicles.

What python-stdnum checks is loaded here and nowhere else; `national` asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns import checksums
from privacy_assistant.core.patterns.candidate import Candidate
from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.said import Said
from privacy_assistant.core.patterns.words import words

# A look-ahead, so that a match that begins in the words before ("in 20 DE89 …") does not swallow the true one.
_IBAN = Pattern(r"(?i)(?<![a-z0-9])(?=([a-z]{2}) ?\d\d((?:[ -]?[a-z0-9]){11,30}))")
_IBAN_GROUPED = Pattern(r"(?i)[a-z]{2}[ ]?\d\d(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,3})?(?![a-z0-9])")
_IBAN_CUE = Pattern(r"(?i)\biban\b[^.\d\n]{0,24}$")
_FEWEST_DIGITS = 8
_COUNTRIES = words(
    "AD AE AL AT AZ BA BE BG BH BI BR BY CH CR CY CZ DE DJ DK DO EE EG ES FI FK FO FR GB GE GI GL GR GT HN HR HU IE IL "
    "IQ IS IT JO KW KZ LB LC LI LT LU LV LY MC MD ME MK MN MR MT MU NI NL NO OM PK PL PS PT QA RO RS RU SA SC SD SE SI "
    "SK SM SO ST SV TL TN TR UA VA VG XK YE"
)
_BITCOIN = Pattern(r"\b(?:[13][1-9A-HJ-NP-Za-km-z]{25,34}|(?:bc1|BC1)[02-9ac-hj-np-zAC-HJ-NP-Z]{11,71})\b")
_ETHEREUM = Pattern(r"\b0x[0-9a-fA-F]{40}\b")
# Other chains by their form alone: how they check themselves needs hash functions that the standard library lacks.
_COIN = Pattern(
    r"\b(?:[LM][1-9A-HJ-NP-Za-km-z]{26,33}|D[5-9A-HJ-NP-U][1-9A-HJ-NP-Za-km-z]{32}|r[1-9A-HJ-NP-Za-km-z]{24,34}"
    r"|T[1-9A-HJ-NP-Za-km-z]{33}|[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}|[xyz]pub[1-9A-HJ-NP-Za-km-z]{100,112}"
    r"|X[1-9A-HJ-NP-Za-km-z]{33}|t1[1-9A-HJ-NP-Za-km-z]{33}"
    r"|(?:ltc|cosmos|osmo|bnb|addr|stake|celo|tz|inj|kava|terra|juno|sei)1[02-9ac-hj-np-z]{30,110})\b"
)
_SHORTEST = 14
"""No wallet and no vehicle has fewer characters in one run."""

_LEAST_ENTROPY = 3.8
_VIN = Pattern(r"(?i)(?<![a-z0-9])[a-hj-npr-z0-9]{17}(?![a-z0-9])")
_VIN_CUE = Pattern(r"(?i)\b(?:vin|vehicle id\w*|chassis|fahrgestell\w*)\b[^.\n]{0,24}$")


def find(said: Said) -> Iterator[Candidate]:
    """IBANs that their remainder proves or a cue names, wallets and vehicle numbers with their checksums."""
    text = said.text
    if not said.has_digit:
        return
    yield from _ibans(text)
    if said.longest < _SHORTEST:
        return
    for match in _BITCOIN.finditer(text):
        if _is_bitcoin(match.group()):
            yield Candidate(match.start(), match.end(), Kind.WALLET, 1.0, "rule:wallet")
    for match in _ETHEREUM.finditer(text):
        yield Candidate(match.start(), match.end(), Kind.WALLET, 1.0, "rule:wallet")
    for match in _COIN.finditer(text):
        body = match.group()
        digits = sum(char.isdigit() for char in body)
        if digits >= 3 if body.islower() else digits and checksums.entropy(body) >= _LEAST_ENTROPY:
            yield Candidate(match.start(), match.end(), Kind.WALLET, 0.8, "rule:wallet-form")
    for match in _VIN.finditer(text):
        number = match.group().upper()
        if number.isalpha() or number.isdigit():
            continue
        if checksums.vin(number):
            yield Candidate(match.start(), match.end(), Kind.VIN, 1.0, "rule:vin")
        elif _VIN_CUE.search(text[max(0, match.start() - 40) : match.start()]):
            yield Candidate(match.start(), match.end(), Kind.VIN, 0.9, "rule:vin-cue")


def _ibans(text: str) -> Iterator[Candidate]:
    for match in _IBAN.finditer(text):
        if match.group(1).upper() not in _COUNTRIES:
            continue
        start, end = match.start(), match.end(2)
        # The match may run into the next words: the longest end at a border of words that the checksum accepts.
        ends = [end] if end == len(text) or not text[end].isalnum() else []
        ends += [at for at in range(end - 1, start + 14, -1) if not text[at].isalnum()]
        for stop in ends:
            compact = "".join(char for char in text[start:stop] if char.isalnum()).upper()
            digits = sum(char.isdigit() for char in compact)
            if digits >= _FEWEST_DIGITS and compact.isascii() and checksums.iban(compact):
                yield Candidate(start, stop, Kind.IBAN, 1.0, "rule:iban")
                break
        else:
            grouped = _IBAN_GROUPED.match(text, start)
            if grouped and _IBAN_CUE.search(text[max(0, start - 40) : start]):
                yield Candidate(start, grouped.end(), Kind.IBAN, 0.8, "rule:iban-cue")


def _is_bitcoin(address: str) -> bool:
    from stdnum import bitcoin  # 40 ms that a text without such an address need not pay

    return bool(bitcoin.is_valid(address))


@cache
def state_checks() -> dict[str, Callable[[str], bool]]:
    """Checks of the numbers that states give out, by country and name, as python-stdnum has them.

    Loading them takes 50 ms: ask for them only where a number has a fitting form.
    """
    from stdnum.ar import cuit as ar_cuit
    from stdnum.au import abn as au_abn
    from stdnum.au import tfn as au_tfn
    from stdnum.be import nn as be_nn
    from stdnum.bg import egn as bg_egn
    from stdnum.br import cnpj as br_cnpj
    from stdnum.br import cpf as br_cpf
    from stdnum.ca import sin as ca_sin
    from stdnum.ch import ssn as ch_ssn
    from stdnum.ch import uid as ch_uid
    from stdnum.cl import rut as cl_rut
    from stdnum.co import nit as co_nit
    from stdnum.cz import rc as cz_rc
    from stdnum.de import idnr as de_idnr
    from stdnum.dk import cpr as dk_cpr
    from stdnum.do import cedula as do_cedula
    from stdnum.ec import ci as ec_ci
    from stdnum.ec import ruc as ec_ruc
    from stdnum.ee import ik as ee_ik
    from stdnum.es import cif as es_cif
    from stdnum.es import dni as es_dni
    from stdnum.es import nie as es_nie
    from stdnum.eu import vat as eu_vat
    from stdnum.fi import hetu as fi_hetu
    from stdnum.fr import nir as fr_nir
    from stdnum.fr import siren as fr_siren
    from stdnum.fr import siret as fr_siret
    from stdnum.gb import nhs as gb_nhs
    from stdnum.gr import amka as gr_amka
    from stdnum.gr import vat as gr_vat
    from stdnum.hr import oib as hr_oib
    from stdnum.ie import pps as ie_pps
    from stdnum.il import idnr as il_idnr
    from stdnum.in_ import aadhaar as in_aadhaar
    from stdnum.is_ import kennitala as is_kennitala
    from stdnum.it import codicefiscale as it_codicefiscale
    from stdnum.it import iva as it_iva
    from stdnum.lv import pvn as lv_pvn
    from stdnum.mx import curp as mx_curp
    from stdnum.mx import rfc as mx_rfc
    from stdnum.nl import bsn as nl_bsn
    from stdnum.no import fodselsnummer as no_fodselsnummer
    from stdnum.nz import ird as nz_ird
    from stdnum.pe import ruc as pe_ruc
    from stdnum.pl import nip as pl_nip
    from stdnum.pl import pesel as pl_pesel
    from stdnum.pt import nif as pt_nif
    from stdnum.ro import cnp as ro_cnp
    from stdnum.ru import inn as ru_inn
    from stdnum.se import personnummer as se_personnummer
    from stdnum.th import pin as th_pin
    from stdnum.tr import tckimlik as tr_tckimlik
    from stdnum.za import idnr as za_idnr

    return {
        "ar.cuit": ar_cuit.is_valid,
        "au.abn": au_abn.is_valid,
        "au.tfn": au_tfn.is_valid,
        "be.nn": be_nn.is_valid,
        "bg.egn": bg_egn.is_valid,
        "br.cnpj": br_cnpj.is_valid,
        "br.cpf": br_cpf.is_valid,
        "ca.sin": ca_sin.is_valid,
        "ch.ssn": ch_ssn.is_valid,
        "ch.uid": ch_uid.is_valid,
        "cl.rut": cl_rut.is_valid,
        "co.nit": co_nit.is_valid,
        "cz.rc": cz_rc.is_valid,
        "de.idnr": de_idnr.is_valid,
        "dk.cpr": dk_cpr.is_valid,
        "do.cedula": do_cedula.is_valid,
        "ec.ci": ec_ci.is_valid,
        "ec.ruc": ec_ruc.is_valid,
        "ee.ik": ee_ik.is_valid,
        "es.cif": es_cif.is_valid,
        "es.dni": es_dni.is_valid,
        "es.nie": es_nie.is_valid,
        "eu.vat": eu_vat.is_valid,
        "fi.hetu": fi_hetu.is_valid,
        "fr.nir": fr_nir.is_valid,
        "fr.siren": fr_siren.is_valid,
        "fr.siret": fr_siret.is_valid,
        "gb.nhs": gb_nhs.is_valid,
        "gr.amka": gr_amka.is_valid,
        "gr.vat": gr_vat.is_valid,
        "hr.oib": hr_oib.is_valid,
        "ie.pps": ie_pps.is_valid,
        "il.idnr": il_idnr.is_valid,
        "in_.aadhaar": in_aadhaar.is_valid,
        "is_.kennitala": is_kennitala.is_valid,
        "it.codicefiscale": it_codicefiscale.is_valid,
        "it.iva": it_iva.is_valid,
        "lv.pvn": lv_pvn.is_valid,
        "mx.curp": mx_curp.is_valid,
        "mx.rfc": mx_rfc.is_valid,
        "nl.bsn": nl_bsn.is_valid,
        "no.fodselsnummer": no_fodselsnummer.is_valid,
        "nz.ird": nz_ird.is_valid,
        "pe.ruc": pe_ruc.is_valid,
        "pl.nip": pl_nip.is_valid,
        "pl.pesel": pl_pesel.is_valid,
        "pt.nif": pt_nif.is_valid,
        "ro.cnp": ro_cnp.is_valid,
        "ru.inn": ru_inn.is_valid,
        "se.personnummer": se_personnummer.is_valid,
        "th.pin": th_pin.is_valid,
        "tr.tckimlik": tr_tckimlik.is_valid,
        "za.idnr": za_idnr.is_valid,
    }
