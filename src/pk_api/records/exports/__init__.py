"""Bulk export: what is asked for, the job that writes its files, and the part of the door before both."""
