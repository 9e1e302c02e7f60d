print("define part as amount > 1" + " and amount > 1" * 99)
print("hold while part" + " or part" * 100)
