"""What is said to MySQL and MariaDB, and how their values are taken, without a server."""

from __future__ import annotations

import sqlalchemy as sa

from synth_ui.tables.databases._mysql import Mysql, _conversions, begin_statements
from synth_ui.tables.databases.address import DatabaseAddress


class Closed(Mysql):
    """A server nobody connects to."""

    def __init__(self) -> None:
        self.address = DatabaseAddress.of("mysql://me:pw@host/db")
        self.seconds = 30.0
        self.engine = self.made()
        self.default_schema = "db"


def test_a_server_is_told_to_read_only_and_for_how_long() -> None:
    assert begin_statements(30.0, mariadb=False) == [
        "SET SESSION TRANSACTION READ ONLY", "SET SESSION max_execution_time = 30000", "SET SESSION time_zone = '+00:00'",
    ]  # fmt: skip
    assert "SET SESSION max_statement_time = 0.5" in begin_statements(0.5, mariadb=True)
    told = Closed().connect_arguments()
    assert told["connect_timeout"] == 10
    assert told["read_timeout"] == 35
    assert told["local_infile"] is False


def test_names_are_quoted_and_rows_drawn_by_a_seed() -> None:
    closed = Closed()
    assert isinstance(closed.engine, sa.Engine)
    assert closed.quoted("d`b", "ta%ble") == "`d``b`.`ta%ble`"
    sql, words = closed.sampled("SELECT `a` FROM `t`", 10, 7)
    assert sql == "SELECT * FROM (SELECT `a` FROM `t`\n) AS q ORDER BY RAND(7) LIMIT 10"
    assert "RAND(7)" in words


def test_its_booleans_bits_and_impossible_dates_are_taken() -> None:
    closed, taken = Closed(), _conversions()
    assert closed.means_truth(("ok", 1, None, 1, 1, 0, True))
    assert not closed.means_truth(("n", 1, None, 4, 4, 0, True))
    assert taken[16](b"\x01\x02") == 258
    assert taken[10]("0000-00-00") is None
    assert str(taken[12]("2020-01-02 03:04:05")) == "2020-01-02 03:04:05"
