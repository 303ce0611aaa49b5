"""Reports as a person reads them: pages, workbooks, files, and the site that holds them."""
