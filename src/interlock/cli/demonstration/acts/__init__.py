"""The acts of the demo: one module per process of the company.

Each says what people, customers and banks do (`Act.plays`, generators that wait by `yield`), and
which two ledgers must then say the same (`Act.ties`); neither looks into our tables for money.
"""
