"""Answers: estimates, findings, evidence, words and the memory of answers."""
