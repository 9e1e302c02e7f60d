print("hold while " + "(" * 101 + "disputed" + ")" * 101)
