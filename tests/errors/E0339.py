print("ladder standard for invoices")
for k in range(25):
    print(f"  at {1 + k * 401}d then every 1d, 400 more times log \"x\"")
