"""Customers out to spreadsheets and address books, and in again: sheets, vcards, then records and people."""
