"""How GraphQL meets HTTP and websockets: negotiation, multipart, framing."""
