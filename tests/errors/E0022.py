print("define " + "x" * 129 + " as amount > 5")
