from assay.data.live import configure as configure
from assay.data.live import flush as flush
from assay.data.live import live_state as live_state
from assay.data.live import record as record
from assay.data.live import session as session

__version__: str

def load_ipython_extension(shell: object) -> None: ...
