"""The audit: verified, cut off after its time, read, given to patients, exported, and looked through."""
