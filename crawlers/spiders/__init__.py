"""The spiders: which pages to ask for, which parser reads them. Everything else is shared."""
