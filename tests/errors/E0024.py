print("hold while disputed" + " or disputed" * 10_001)
