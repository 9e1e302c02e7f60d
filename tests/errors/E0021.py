print('ladder standard for invoices\n  at 5d log "' + "x" * 4097 + '"')
