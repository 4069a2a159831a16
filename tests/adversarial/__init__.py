"""The adversary: does any answer tell more than the requester's view shows?

Read in this order. A *world* is what lies beneath the answers: `values.py`, `markings.py` and `records.py` draw what
stands in it, `worlds.py` puts it on platforms, `platform.py` serves it as a real platform would,
`statements.py` what originators said of it since. `views.py` says what
one requester may see of a record, straight from the rules; `twins.py` draws a second world that is equal in those views
and different beneath. `house.py` runs the whole gateway in this process, `street.py` once for each of the two worlds.
`pools.py`, `inputs.py`, `selections.py` and `operations.py` draw what is asked, over the whole schema.

`test_noninterference.py` asks both and compares every byte; `broken.py` and `test_broken_builds.py` show that it bites.
The channels by which such systems are known to leak have a test each, in the `test_channels_….py`.
"""
