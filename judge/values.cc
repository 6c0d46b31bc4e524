// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// See values.h. The facts span a grid, a point of which gives each of them one of its values. The program is judged at
// the point of the commonest values, then at the others. The first that differs ends it: going from the one to the
// other a fact at a time, there is a step at which the verdict turns, and that step's fact decides.
#include "judge/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace bpfcheck::judge {
namespace {

using Point = std::vector<size_t>;  ///< by fact: index of its value

std::vector<UnknownFact> facts_of(const Judgement& j, const Target& target) {
  std::vector<UnknownFact> facts;
  if (j.linked) facts = j.linked->unknown;
  if (j.verdict.asked_cpus && !target.cpus_known) facts.push_back({UnknownKind::cpus, "CPUs", values_of_cpus(target)});
  return facts;
}

/// No verdict, whatever was found out so far.
Judgement undecided(Judgement j, std::string why) {
  j.stage = Judgement::Stage::Verify;
  j.kind = Judgement::Kind::Unsupported;
  j.errnum = 0;
  j.needs.reset();
  j.verdict = {};
  j.verdict.kind = sim::Verdict::Kind::Unsupported;
  j.verdict.unsupported = why;
  j.message = std::move(why);
  return j;
}

class Grid {
 public:
  Grid(const Target& target, const JudgeOnce& shown, const JudgeOnce& tried)
      : target_(target), shown_(shown), tried_(tried) {}

  Judgement run(Judgement first) {
    facts_ = facts_of(first, target_);
    for (;;) {
      for (const UnknownFact& f : facts_)
        if (f.values.empty()) return undecided(std::move(first), how_to_tell(f.kind, f.name));
      if (points() > most_tries) return undecided(std::move(first), too_many());
      known_.clear();
      const bool is_first =
          first.linked && first.linked->unknown.empty();  // with the number of CPUs that it was judged with
      Judgement out = is_first ? std::move(first) : shown_(target_at(Point(facts_.size())));
      if (more_asked(out)) continue;
      known_.emplace(Point(facts_.size()), summary(out));
      if (compare(out)) return out;
    }
  }

 private:
  struct Summary {
    Judgement::Kind kind;
    std::string message;
  };

  static Summary summary(const Judgement& j) { return {j.kind, j.message}; }

  size_t points() const {
    size_t n = 1;
    for (const UnknownFact& f : facts_) n = std::min(n * f.values.size(), most_tries + 1);
    return n;
  }

  std::string too_many() const {
    std::string names;
    for (const UnknownFact& f : facts_) names += fmt::format("{}{}", names.empty() ? "" : ", ", f.name);
    return fmt::format("more than {} combinations of values that the target does not tell: {}", most_tries, names);
  }

  Target target_at(const Point& p) const {
    Target t = target_;
    for (size_t i = 0; i < p.size(); i++) {
      const UnknownFact& f = facts_[i];
      if (f.kind == UnknownKind::cpus) {
        t.nr_cpus = static_cast<u32>(std::stoul(f.values[p[i]]));
        t.cpus_known = true;
      } else {
        t.supposed.push_back({f.kind, f.name, f.values[p[i]]});
      }
    }
    return t;
  }

  /// A program may ask for the number of CPUs behind a branch that only some values take.
  bool more_asked(const Judgement& j) {
    Target t = target_;
    t.cpus_known =
        std::ranges::find(facts_, UnknownKind::cpus, &UnknownFact::kind) != facts_.end() || target_.cpus_known;
    bool more = false;
    for (UnknownFact& f : facts_of(j, t)) {
      if (f.kind != UnknownKind::cpus) continue;
      facts_.push_back(std::move(f));
      more = true;
    }
    return more;
  }

  /// Nothing where the program asks for more than is known.
  const Summary* at(const Point& p) {
    if (const auto it = known_.find(p); it != known_.end()) return &it->second;
    const Judgement j = tried_(target_at(p));
    if (more_asked(j)) return nullptr;
    return &known_.emplace(p, summary(j)).first->second;
  }

  /// The next point, as an odometer goes on; false behind the last.
  bool next(Point& p) const {
    for (size_t i = 0; i < p.size(); i++) {
      if (++p[i] < facts_[i].values.size()) return true;
      p[i] = 0;
    }
    return false;
  }

  /// Completes the judgement; false where there are more facts than were known.
  bool compare(Judgement& out) {
    for (Point p(facts_.size()); next(p);) {
      const Summary* s = at(p);
      if (!s) return false;
      if (s->kind != out.kind) return find_decider(out, p);
    }
    for (const UnknownFact& f : facts_) {
      out.tried.push_back({f.name, {}});
      for (const FactValue& v : f.values) out.tried.back().values.push_back(value_words(f.kind, v));
    }
    out.supposed = target_at(Point(facts_.size())).supposed;
    return true;
  }

  bool find_decider(Judgement& out, const Point& other) {
    Point p(facts_.size());
    for (size_t i = 0; i < p.size(); i++) {
      if (p[i] == other[i]) continue;
      const Summary* before = at(p);
      const size_t from = p[i];
      p[i] = other[i];
      const Summary* after = before ? at(p) : nullptr;
      if (!after) return false;
      if (before->kind == after->kind) continue;
      const UnknownFact& f = facts_[i];
      Judgement::Decider d{f.name,
                           {{value_words(f.kind, f.values[from]), before->kind, before->message},
                            {value_words(f.kind, f.values[other[i]]), after->kind, after->message}}};
      out = undecided(std::move(out), decider_words(d, f.kind));
      out.decides = std::move(d);
      return true;
    }
    return true;
  }

  static std::string decider_words(const Judgement::Decider& d, UnknownKind kind) {
    auto outcome = [&](const Judgement::Decider::Outcome& o) {
      const char* verdict = o.kind == Judgement::Kind::Accept   ? "accepted"
                            : o.kind == Judgement::Kind::Reject ? "rejected"
                                                                : "not modelled";
      return fmt::format("{} with {}{}", verdict, o.value, o.message.empty() ? "" : fmt::format(" ({})", o.message));
    };
    return fmt::format("{} decides: {}, {}; {}", d.name, outcome(d.outcomes[0]), outcome(d.outcomes[1]),
                       how_to_give(kind));
  }

  const Target& target_;
  const JudgeOnce& shown_;
  const JudgeOnce& tried_;
  std::vector<UnknownFact> facts_;
  std::map<Point, Summary> known_;
};

}  // namespace

bool asks_unknown(const Judgement& j, const Target& target) {
  return (j.linked && !j.linked->unknown.empty()) || (j.verdict.asked_cpus && !target.cpus_known);
}

Judgement judge_with_values(Judgement first, const Target& target, const JudgeOnce& shown, const JudgeOnce& tried) {
  return Grid(target, shown, tried).run(std::move(first));
}

}  // namespace bpfcheck::judge
