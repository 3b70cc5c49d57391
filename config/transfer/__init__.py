"""Tables in and out: CSV and XLSX, checked as a whole before anything is written."""
