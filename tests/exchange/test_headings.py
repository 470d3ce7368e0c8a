"""hub.exchange.headings: what the columns of other programs become, told by their headings and cells."""

import pytest

from hub.exchange.columns import propose
from hub.exchange.headings import targets_of

PROGRAMS = {
    "pipedrive": (
        "Person - ID;Person - Name;Person - First name;Person - Last name;Person - Organization;Person - Email - Work;"
        "Person - Email - Other;Person - Phone - Mobile;Person - Label;Person - Owner;Deal - Title",
        "field:Person - ID;name;first name;last name;field:company;email;email;phone;categories;field:Person - Owner;"
        "field:Deal - Title",
    ),
    "hubspot": (
        "Record ID;First Name;Last Name;Email;Phone Number;Mobile Phone Number;Associated Company;Street Address;City;"
        "State/Region;Postal Code;Country/Region;Preferred language;Website URL;Contact owner",
        "field:Record ID;first name;last name;email;phone;phone;field:company;field:street;field:city;field:region;"
        "field:postal_code;field:country;language;field:website;field:Contact owner",
    ),
    "zoho": (
        "Record Id;Salutation;First Name;Last Name;Account Name;Email;Secondary Email;Home Phone;Asst Phone;"
        "Mailing Street;Mailing Zip;Other City;Description;Tag",
        "field:Record Id;field:salutation;first name;last name;field:company;email;email;phone;field:Asst Phone;"
        "field:street;field:postal_code;field:other_city;field:notes;categories",
    ),
    "mailchimp": (
        "Email Address;First Name;Last Name;Address;Phone Number;Birthday;MEMBER_RATING;OPTIN_IP;TIMEZONE;CC;NOTES;"
        "TAGS",
        "email;first name;last name;field:address;phone;field:birthday;field:MEMBER_RATING;field:OPTIN_IP;timezone;"
        "field:country;field:notes;categories",
    ),
    "mailchimp's merge tags": ("EMAIL;FNAME;LNAME", "email;first name;last name"),
    "brevo": (
        "EXT_ID;EMAIL;LASTNAME;FIRSTNAME;SMS;WHATSAPP;LANDLINE_NUMBER",
        "field:customer_number;email;last name;first name;phone;phone;phone",
    ),
    "salesforce": (
        "FirstName;LastName;AccountName;MailingStreet;MailingPostalCode;MailingCountry;MobilePhone;Birthdate;"
        "Mailing State/Province;Mailing Zip/Postal Code;Lead Source",
        "first name;last name;field:company;field:street;field:postal_code;field:country;phone;field:birthday;"
        "field:region;field:postal_code;field:Lead Source",
    ),
    "shopify": (
        "Customer ID;First Name;Last Name;Email;Default Address Company;Default Address Address1;"
        "Default Address Address2;Default Address City;Default Address Province Code;Default Address Country Code;"
        "Default Address Zip;Default Address Phone;Phone;Total Spent;Note;Tags",
        "field:customer_number;first name;last name;email;field:company;field:street;field:street;field:city;"
        "field:region;field:country;field:postal_code;phone;phone;field:Total Spent;field:notes;categories",
    ),
    "zendesk": (
        "name;email;external_id;phone;organization;tags;locale;time_zone",
        "name;email;field:customer_number;phone;field:company;categories;language;timezone",
    ),
    "freshdesk": (
        "Full name;Title;Company;Email;Work phone number;Mobile phone number;Unique external ID;Time zone;Language",
        "name;field:title;field:company;email;phone;phone;field:customer_number;timezone;language",
    ),
    "woocommerce": (
        "billing_first_name;billing_last_name;billing_company;billing_address_1;billing_city;billing_postcode;"
        "billing_country;billing_email;billing_phone;shipping_city",
        "first name;last name;field:company;field:street;field:city;field:postal_code;field:country;email;phone;"
        "field:other_city",
    ),
    "yahoo": (
        "First;Middle;Last;Nickname;Email;Category;Fax;Mobile;Yahoo! Phone;Alternate Email 1;Personal Website;Title;"
        "Work Address;Work City;Work County;Work Post Code;Home Address;Home Town;Home Post Code;Birthday;Comments",
        "first name;middle name;last name;field:nickname;email;categories;field:fax;phone;phone;email;field:website;"
        "field:title;field:work_street;field:work_city;field:work_region;field:work_postal_code;field:street;field:city;"
        "field:postal_code;field:birthday;field:notes",
    ),
    "german": (
        "Kunden-Nr.;Primäre E-Mail-Adresse;Zweite E-Mail-Adresse;Handy Privat;Handy dienstlich;Tel. Festnetz;"
        "Adresse;Adresszusatz;PLZ;Ort;Beschreibung",
        "field:customer_number;email;email;phone;phone;phone;field:street;field:street;"
        "field:postal_code;field:city;field:notes",
    ),
    "french": (
        "Tél. fixe;Tél. portable pro;E-mail principal;Adresse;CP;Ville",
        "phone;phone;email;field:street;field:postal_code;field:city",
    ),
}
TONGUES = {
    "uk": "Ім'я;Прізвище;Електронна пошта;Мобільний телефон;Місто;Поштовий індекс",
    "bg": "Име;Фамилия;Имейл;Мобилен телефон;Град;Пощенски код",
    "el": "Όνομα;Επώνυμο;Ηλεκτρονικό ταχυδρομείο;Κινητό τηλέφωνο;Πόλη;Τ.Κ.",
    "sl": "Ime;Priimek;E-pošta;Mobilni telefon;Kraj;Poštna številka",
    "et": "Eesnimi;Perekonnanimi;E-posti aadress;Mobiiltelefon;Linn;Postiindeks",
    "lv": "Vārds;Uzvārds;E-pasts;Mobilais tālrunis;Pilsēta;Pasta indekss",
    "lt": "Vardas;Pavardė;El. paštas;Mobilusis telefonas;Miestas;Pašto kodas",
    "ja": "名;姓;メールアドレス;携帯電話;市区町村;郵便番号",
    "zh": "名字;姓氏;电子邮件;手机;城市;邮政编码",
    "zh-Hant": "名字;姓氏;電子郵件;行動電話;城市;郵遞區號",
    "ko": "이름;성;이메일;휴대폰;도시;우편번호",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_other_programs_export_is_understood(program):
    headings, targets = PROGRAMS[program]
    assert targets_of(headings.split(";")) == targets.split(";")


@pytest.mark.parametrize("tongue", TONGUES)
def test_headings_of_more_languages_are_understood(tongue):
    assert targets_of(TONGUES[tongue].split(";")) == [
        *("first name", "last name", "email", "phone", "field:city", "field:postal_code")
    ]


@pytest.mark.parametrize(
    ("heading", "cells", "target"),
    [
        ("Home", ["+4915122222227", "", "030 1234567"], "phone"),
        ("Work", ["0151 22222227"], "phone"),
        ("privat", ["ada@imp.example"], "email"),
        ("Work", ["Rechenwerk GmbH", "0151 22222227"], "field:Work"),
        ("Other", ["12", "13"], "field:Other"),
        ("Home", [], "field:Home"),
        ("Office", ["Berlin"], "field:Office"),
        ("id", ["4711", "4712"], "field:id"),
        ("ID", ["0198c0ffee0198c0ffee0198c0ffee01"], "id"),
    ],
)
def test_what_a_heading_leaves_open_the_cells_tell(heading, cells, target):
    rows = [["Ada", cell] for cell in cells]
    assert propose(["name", heading], rows, "DE", {})[1].target == target
