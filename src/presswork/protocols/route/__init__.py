"""The choice of the way from a job's holder to its printer: a pure function of what is known."""

from presswork.protocols.route.choice import (
    Attempt,
    Candidate,
    Facts,
    Plan,
    Server,
    Silence,
    Tried,
    plan,
)

__all__ = ["Attempt", "Candidate", "Facts", "Plan", "Server", "Silence", "Tried", "plan"]
