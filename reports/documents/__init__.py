"""Documents as PDF: invoices, credit notes, receipts, statements, letters, membership cards."""
