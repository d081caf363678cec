"""Answers in what people say: numbers in all their forms, quantities, expressions; whether words state an answer, and
whether they give it away."""
