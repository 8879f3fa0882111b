"""How good paraphrases are: meaning kept, distance from the source, and how much several of them differ.

All of them are from 0 to 100 but `compression`. Except for `candidates`, `distinct_1`, `distinct_2` and `compression`,
they look at the first candidate alone.

| Measure | Definition | Better | Source |
|---|---|---|---|
| `meaning` | cosine of the embeddings of source and candidate, below 0 taken as 0 | higher | Reimers & Gurevych 2019 |
| `lexical` | 100 − sentence BLEU of the candidate against the source, words in lower case | higher | Sun & Zhou 2012 |
| `jaccard` | share of the words of both texts that are not in both | higher | Jaccard 1912 |
| `syntactic` | edit distance of the parses, cut at three levels, by the sum of sizes | higher | Bandel et al. 2022 |
| `candidates` | 100 − mean BLEU of each candidate against the others | higher | Zhu et al. 2018 (self-BLEU) |
| `distinct_1` | different words among all words of an item's candidates | higher | Li et al. 2016 |
| `distinct_2` | the same of pairs of words | higher | Li et al. 2016 |
| `compression` | bytes of an item's candidates by their bytes when deflated | lower | Shaib et al. 2024 |
| `combined` | harmonic mean of distance and of meaning above a floor | higher | ours, after Niu et al. 2021 |

Distance alone is easily had by writing something else, and meaning alone by copying: only `combined` ranks systems.
None of them knows whether a sentence is well formed; that is for judges.
"""
