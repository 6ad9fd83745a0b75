"""The HTTP API, ``/api/v1``: one file per topic, over the same read models and the same acts."""
