"""Files and folders: names made of text, folders we make and may remove, one lock a client, writing whole.

Nobody else makes a path from text that a user wrote, and nobody else removes a folder.
"""

from .below import files_below
from .folders import Scratch, copy_whole, put_in_place, remove_abandoned, remove_folder, remove_owned, remove_scratch, scratch_folder, scratch_path
from .locks import Busy, locked
from .names import beside, file_name, inside, is_device, plain_file_name, unusable
from .pdf import pdf_warnings
from .private import keep_private
from .refused import check_folder, refusals, refused
from .shipped import shipped
from .writing import scratch_file, write_bytes_whole, write_parquet_whole, write_text_whole

__all__ = ["Busy", "Scratch", "beside", "check_folder", "copy_whole", "file_name", "files_below", "inside", "is_device", "keep_private", "locked", "pdf_warnings", "plain_file_name", "put_in_place", "refusals", "refused", "remove_abandoned", "remove_folder", "remove_owned", "remove_scratch",
           "scratch_file", "scratch_folder", "scratch_path", "shipped", "unusable", "write_bytes_whole", "write_parquet_whole", "write_text_whole"]
