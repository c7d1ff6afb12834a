"""What a small network that knows photographs sees in a picture."""
