"""The REST API below /api/v1: each operation is declared once, and the OpenAPI document is read off the declarations.

Read in this order: operation (the decorator), call (what a handler is given), fields and paging (the words of
requests), reading (strict input), problems (every error answer), openapi (the document), routes (the list).

An operation is a coroutine whose signature says everything; the rest stands in the decorator:

    class NewLabel(Body):
        name: OneLine

    @operation("POST", "/labels", scope="labels:write", status=201)
    async def create(call: Call, body: NewLabel) -> Label:
        '''Add a label.'''
        return await call.write(add, body, call.now)

    OPERATIONS = (index, create, show, update, destroy)

- Parameters named like a `{part}` of the path are path parameters (an `id` or `..._id` that is no id answers 404).
  `body: Model` is the JSON body (subclass `Body`: unknown fields and wrong types answer 422), `query: Model` the query
  string (subclass `Query` or `PageQuery`; unknown parameters answer 422). The return annotation is the answer's model
  (subclass `Answer`), None answers 204, a `web.StreamResponse` is sent as it is (say what with `produces`).
- `await call.write(fn, *args)` runs `fn(conn, *args) -> Answer` in one transaction together with the
  Idempotency-Key: use it exactly once, for the step whose answer is returned; `call.hub.store.read/write` otherwise.
- Raise NotFound (404), Conflict or InvalidInput (both 409 here) from hub.errors. Declare 404 in `errors` when no
  path parameter implies it; everything else is declared by itself. A request that the OpenAPI document calls valid
  never answers 422: what depends on the store answers 404 or 409, what can be checked without it belongs into the
  model - and into its JSON Schema (`json_schema_extra`). A number that no plan knows (WrongNumber) answers 422: the
  document shows a pattern of numbers that surely are.
- Append the module's OPERATIONS to routes.OPERATIONS.
"""
