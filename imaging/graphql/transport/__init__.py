"""How operations arrive and answers leave: HTTP, multipart and websocket manners around the schema."""
