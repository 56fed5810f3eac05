"""What callers of the contract API ask for, done on Records: plain functions."""
