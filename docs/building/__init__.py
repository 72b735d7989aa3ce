"""What the site adds to the pages of this folder when it reads them."""
