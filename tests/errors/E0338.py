print("ladder standard for invoices\n  at 5d log \"x\"" + " then log \"x\"" * 64)
