"""The checks: each module a subject, each function a promise that raises `Broken` with its counterexample."""
