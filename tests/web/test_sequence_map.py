"""hub.web.sequence_map: what leads where, as the picture beside the editor draws it."""

from hub.web.sequence_map import draw

MAIL, END = {"kind": "message"}, {"kind": "end"}


def branch(otherwise):
    return {"kind": "branch", "otherwise": otherwise}


def test_no_way_goes_on_behind_an_end_and_the_other_one_arrives_beside_it():
    spots = draw([branch(4), MAIL, END, MAIL])
    assert [(spot.comes, spot.goes) for spot in spots] == [(False, True), (True, True), (True, False), (False, False)]
    assert [spot.ways for spot in spots] == [[("out", 0)], [("through", 0)], [("through", 0)], [("in", 0)]]
    assert (spots[0].yes, spots[0].no) == (2, 4)


def test_ways_that_lie_beside_each_other_have_lanes_of_their_own_and_give_them_back():
    spots = draw([branch(4), branch(5), MAIL, branch(6), MAIL, MAIL])
    assert [spot.ways for spot in spots][1:4] == [
        [("through", 0), ("out", 1)],
        [("through", 0), ("through", 1)],
        [("in", 0), ("through", 1), ("out", 0)],
    ]


def test_a_branch_that_ends_or_leads_back_has_no_way_to_draw():
    spots = draw([MAIL, branch(0), branch(1)])
    assert [spot.ways for spot in spots] == [[], [], []]
    assert (spots[2].yes, spots[2].no) == (0, 1)
