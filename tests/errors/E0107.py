print("hold while " + "not " * 250 + "disputed")
