"""Every lab, right and wrong, under every fault: no verdict turns, and what cannot be judged says why."""

from __future__ import annotations

from labs.verdict import State
from tests.aws import Call, Fault, injected
from tests.faults import FAULTS, assert_no_false_verdict
from tests.labs.states import LabState, only


def test_a_lab_s_states_are_what_they_are_called(state: LabState) -> None:
    """The solution passes everything; the mistake leaves at least one objective failed, and none unclear."""
    found = {each.state for each in state.findings.values()}
    if state.kind == "right":
        assert found == {State.PASSED}
    else:
        assert State.FAILED in found
        assert State.INCONCLUSIVE not in found


def test_no_fault_turns_a_lab_s_verdict(state: LabState) -> None:
    """On every call at once: what passed never fails, what failed never passes, once is never noticed."""
    for fault in FAULTS:
        with injected(fault):
            under = state.run(fault)
        assert_no_false_verdict(state.verdict, under, fault)
        if fault.everywhere:
            assert under.exit_code == (state.verdict.exit_code if fault.passes_over else 3), fault.id


STRUCK_ALONE = [fault for fault in FAULTS if fault.id in {"throttled", "cut-in-the-middle", "missing-key"}]
"""Those that a check could take for an answer, and one that it could not."""

UNKNOWN = next(fault for fault in FAULTS if fault.id == "unknown-value")


def test_a_fault_of_one_operation_turns_no_verdict(state: LabState) -> None:
    """Where the others are answered, a check has more to be misled by."""
    for read in sorted(state.reads()):
        for fault in STRUCK_ALONE:
            with injected(fault, only(read)):
                under = state.run(fault, again=read)
            assert_no_false_verdict(state.verdict, under, fault)


def test_a_new_state_in_one_answer_turns_no_verdict(state: LabState) -> None:
    """A word that AWS invented last night, in the answers to one operation only."""
    for read in sorted(state.reads()):
        with injected(UNKNOWN, only(read)):
            under = state.run(UNKNOWN, again=read)
        assert_no_false_verdict(state.verdict, under, UNKNOWN)


def test_the_faults_strike(state: LabState) -> None:
    """A fault that met no call would prove nothing: each is met by calls of each lab."""
    struck: list[str] = []

    def strike(call: Call) -> object:
        struck.append(call.operation)
        return call.answer()

    with injected(Fault("none", strike, "")):  # type: ignore[arg-type] # gives on what it got
        assert state.run().exit_code == state.verdict.exit_code
    assert {read.partition(":")[2] for read in state.reads()} <= set(struck)
