"""Lists of records, compiled: the selection below a list becomes one function from views to the answer's plain values.

graphql-core resolves every field of every record by a chain of calls. What is selected does not change from record to
record, so it is read once (`compile`), written as Python (`writing`), and used by the executor (`executor`) for all of
them. The result is the same, errors included: what can't be compiled, and whatever goes wrong, is graphql-core's again.
"""
