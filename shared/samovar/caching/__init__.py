"""Answers that are kept: what was asked once, and would be answered the same way, is not run again.

    control     what a request says of kept answers (`Cache-Control`)
    identity    what a model's answers depend on, as one digest
    questions   what a request asks, without how it is written → its key
    answers     an answer without its request's id
    memory      the answers of one process, by bytes
    flights     one run for all that ask the same thing at once
    cache       the two levels put together

Nothing here is imported before a model's manifest has a `[cache]`.
"""
