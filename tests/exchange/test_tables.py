"""hub.exchange.tables: rows and cells as spreadsheets write them, read without a store."""

import pytest

from hub.exchange.customers import read_rows


@pytest.fixture
def rows(tmp_path):
    """(row, record or what is wrong with it) of a file."""

    def read(content, country="DE"):
        file = tmp_path / "given"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return [(row.number, row.record or row.problem) for row in read_rows(file, country)]

    return read


@pytest.mark.parametrize(
    ("encoding", "table", "name"),
    [
        ("cp932", "姓,名,メールアドレス\n山田,太郎,a@imp.example\n", "山田太郎"),
        ("gb18030", "姓名,电子邮件,手机\n王小明,a@imp.example,\n", "王小明"),
        ("cp950", "姓氏,名字,電子郵件\n王,小明,a@imp.example\n", "王小明"),
        ("cp949", "성,이름,이메일\n김,철수,a@imp.example\n", "김철수"),
        ("cp1251", "Ім'я;Прізвище;Електронна пошта\nЇжак;Ґудзь;a@imp.example\n", "Їжак Ґудзь"),
        ("cp1253", "Όνομα;Επώνυμο;Email\nΆννα;Ώρα;a@imp.example\n", "Άννα Ώρα"),
        ("cp1257", "Vardas;Pavardė;El. paštas\nŽivilė;Šakė;a@imp.example\n", "Živilė Šakė"),
        ("utf-16", "sep=;\r\nVorname;Nachname;E-Mail\r\nJörg;Weiß;a@imp.example\r\n", "Jörg Weiß"),
        ("cp1252", "sep=,\r\nVorname,Nachname,E-Mail\r\nJörg,Weiß,a@imp.example\r\n", "Jörg Weiß"),
        ("cp1252", "Mitglieder\r\n\r\nVorname;Nachname;E-Mail\r\nJörg;Weiß;a@imp.example\r\n", "Jörg Weiß"),
        ("cp1251", "Список\n\nИмя;Фамилия;Почта\nАнна;Ёлкина;a@imp.example\n", "Анна Ёлкина"),
    ],
)
def test_a_file_is_read_in_the_letters_and_the_order_of_its_language(rows, encoding, table, name):
    assert [record.name for _, record in rows(table.encode(encoding))] == [name]
