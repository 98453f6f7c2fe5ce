"""The public pages: which help there is in the municipality, to browse, to search and to print. No login, nothing kept."""
