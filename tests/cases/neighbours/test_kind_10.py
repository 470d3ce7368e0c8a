"""Kind 10, found again: what customers of many languages wrote, by what an agent types."""

import pytest

from hub.store.search import search_messages
from hub.store.search_index import read_indexed
from hub.store.words import matches, terms_of, words_of
from tests.cases.conftest import World
from tests.running import until

NEIGHBOURS = {  # words of a mail: what finds it
    "我想取消昨天下的订单，谢谢": ["取消", "订单", "昨天"],
    "ご注文の商品が届きません": ["商品", "届き", "注文"],
    "ｶﾞｽ給湯器の修理をお願いします": ["ガス", "給湯器", "修理"],
    "배송이 아직 안 왔어요, 송장번호 알려주세요": ["송장번호", "배송"],
    "Когда придёт счёт за ёлку?": ["придет", "счет", "елку", "счёт"],
    "Die Waschmaschinenlieferung fehlt noch": ["lieferung", "waschmaschine"],
    "Der Kühlschrank surrt im Großraumbüro": ["kuhlschrank", "kuehlschrank", "grossraumburo", "büro"],
    "Çalışmayan ürünü iade etmek istiyorum": ["calismayan", "urunu"],
    "Zażółć gęślą jaźń w zamówieniu": ["zazolc", "zamowieniu"],
    "Rufen Sie mich an: +49 (0)171/2345-678": ["01712345678", "0171 2345678", "+491712345678"],
    "Αργεί η παραγγελία μου": ["παραγγελια", "αργει"],
    "Đơn hàng của tôi chưa đến": ["don hang", "đơn hàng"],
    "شحنتي لم تصل بعد": ["شحنتي"],
    "Rechnung RE-2026/00417 ist falsch": ["RE-2026/00417", "2026/00417", "00417"],
    "Ersatzteil AB-12345-XY bitte": ["ab12345xy", "AB 12345 XY", "12345xy", "ab-12345-xy"],
    "Teil CD23456YZ fehlt": ["CD-23456-YZ", "cd23456yz"],
    "Der Fehler E:15 leuchtet": ["E15", "e-15", "E:15"],
    "Jetzt zeigt sie E 17 an": ["E17", "E-17", "E 17"],
    "Modell WM14-N2 und GTX-1080Ti": ["wm14n2", "GTX1080TI", "gtx 1080ti"],
    "Paket 1Z 999 AA1 01 2345 6784 kam nicht": ["1Z999AA10123456784"],
    "Ein Sack zu 10 kg und 250ml Öl": ["10kg", "250 ml", "10 KG"],
    "Der Wagen M-AB 123E steht hier": ["MAB123E", "M-AB 123E", "M-AB123E"],
    "我的電腦壞了，請開發票": ["电脑", "發票", "发票"],
    "请问台湾可以送货吗": ["臺灣", "送貨"],
    "Mein Konto ada.lovelace@kunde.example geht nicht": ["ada.lovelace@kunde.example", "lovelace"],
}


ELSEWHERE = {  # words of a text: what does not find it
    "Die 15 Etagen eines Hauses": ["E15", "E-15", "E:15"],
    "Es waren 10 Kugeln": ["10 kg"],
    "AB und 12345 und XY": ["AB1XY"],
}


@pytest.mark.parametrize("words", ELSEWHERE)
def test_a_code_is_not_found_in_words_that_only_begin_so(words):
    assert [query for query in ELSEWHERE[words] if matches(words_of(words), terms_of(query))] == []


@pytest.fixture
async def written(world: World) -> dict[str, str]:
    """Words -> the message that says them."""
    ids = {}
    for number, words in enumerate(NEIGHBOURS):
        sender, id = f"n{number}@kunde.example", f"n{number}@kunde"
        head = f"From: {sender}\r\nTo: support@shop.example\r\nSubject: x\r\nMessage-ID: <{id}>\r\n"
        content = f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n".encode()
        ids[words] = (await world.hand_in(content, sender, id)).id
    return ids


async def test_what_was_written_is_found_by_what_is_typed(world, written):
    store = world.office.hub.store
    for words, queries in NEIGHBOURS.items():
        for query in queries:

            async def hits(query: str = query, id: str = written[words]) -> bool:
                return id in [hit.id for hit in await read_indexed(store, query, search_messages, query, None, 10)]

            assert await until(hits, f"{query} in {words}")
