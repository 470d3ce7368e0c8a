"""Follow-ups: when silence, a date or an event asks for a message, one durable row per customer and trigger.

Read in this order: definition (what a sequence is), lifecycle (what people do with it), starting and entering (who gets
in), steps (what happens when it is due), leaving (who gets out), forecast (what would happen), loop.
"""
