// Random filters, written in text and in JSON and judged a second time by closures that follow the standard's words feature by feature: both
// encodings must give the same tree, and the snapshot, with its parts, index and memos, the same features.
#include "geo/predicates.hpp"
#include "server/filter/json_parser.hpp"
#include "server/filter/selection.hpp"
#include "server/filter/text_parser.hpp"
#include "tests/server/filter/filter_support.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

using namespace keyaki;
using namespace keyaki::server::filter;
using nlohmann::json;

namespace {

template <typename Value>
using Judge = std::function<std::optional<Value>(const geo::Feature &)>; ///< nothing is null or unknown

/// The same expression three times.
template <typename Value>
struct Written {
    std::string text;
    json in_json;
    Judge<Value> judge;
};

std::optional<bool> conjunction(std::optional<bool> a, std::optional<bool> b) {
    if ((a && !*a) || (b && !*b)) {
        return false;
    }
    return a && b ? std::optional(true) : std::nullopt;
}
std::optional<bool> opposite(std::optional<bool> a) { return a ? std::optional(!*a) : std::nullopt; }

bool like(std::string_view pattern, std::string_view text) {
    if (pattern.empty()) {
        return text.empty();
    }
    if (pattern.front() == '%') {
        return like(pattern.substr(1), text) || (!text.empty() && like(pattern, text.substr(1)));
    }
    return !text.empty() && (pattern.front() == '_' || pattern.front() == text.front()) && like(pattern.substr(1), text.substr(1));
}

std::string lowered(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

class Writer {
  public:
    explicit Writer(std::uint64_t seed) : m_random(seed) {}

    Written<bool> truth(int depth) {
        switch (depth <= 0 ? 3 + below(9) : below(12)) {
        case 0: return logic(depth, "AND");
        case 1: return logic(depth, "OR");
        case 2: return negation(truth(depth - 1));
        case 3: return compared<double>(number(depth), number(depth));
        case 4: return compared<std::string>(text(), text());
        case 5: return between(depth);
        case 6: return in_list();
        case 7: return likeness();
        case 8: return is_null(depth);
        case 9: return in_box();
        case 10: return compared<double>(mixed(), literal());
        default: return open();
        }
    }

  private:
    std::size_t below(std::size_t end) { return m_random() % end; }

    Written<bool> open() {
        return {"open", {{"property", "open"}}, [](const geo::Feature &feature) -> std::optional<bool> {
                    const auto *value = feature.properties.find("open");
                    const auto *held = value != nullptr ? std::get_if<bool>(value) : nullptr;
                    return held != nullptr ? std::optional(*held) : std::nullopt;
                }};
    }

    Written<bool> logic(int depth, const std::string &word) {
        std::vector<Written<bool>> terms;
        for (std::size_t count = 2 + below(3); count > 0; --count) {
            terms.push_back(truth(depth - 1));
        }
        Written<bool> all{"", {{"op", lowered(word)}, {"args", json::array()}}, {}};
        const bool is_and = word == "AND";
        for (const auto &term : terms) {
            all.text += (all.text.empty() ? "" : " " + word + " ") + ("(" + term.text + ")");
            all.in_json["args"].push_back(term.in_json);
        }
        all.judge = [terms, is_and](const geo::Feature &feature) {
            std::optional<bool> result = true;
            for (const auto &term : terms) { // a OR b is NOT (NOT a AND NOT b)
                const auto one = term.judge(feature);
                result = conjunction(result, is_and ? one : opposite(one));
            }
            return is_and ? result : opposite(result);
        };
        return all;
    }

    static Written<bool> negation(const Written<bool> &term) {
        return {"NOT (" + term.text + ")", {{"op", "not"}, {"args", {term.in_json}}}, [judge = term.judge](const geo::Feature &feature) {
                    return opposite(judge(feature));
                }};
    }

    static Written<double> property(const std::string &name) {
        return {name, {{"property", name}}, [name](const geo::Feature &feature) { return feature.properties.number(name); }};
    }

    /// Of several kinds: to a number it compares where it is one.
    static Written<double> mixed() { return property("mixed"); }

    Written<double> literal() {
        const auto whole = static_cast<std::int64_t>(below(9)) - 4;
        const bool is_whole = below(2) == 0;
        const double value = is_whole ? static_cast<double>(whole) : static_cast<double>(whole) + 0.5;
        return {is_whole ? fmt::format("{}", whole) : fmt::format("{:.1f}", value), is_whole ? json(whole) : json(value),
                [value](const geo::Feature &) { return std::optional(value); }};
    }

    Written<double> number(int depth) {
        const std::size_t choice = below(depth > 0 ? 5 : 4);
        if (choice < 4) {
            return choice < 2 ? property(choice == 0 ? "n" : "m") : literal();
        }
        const Written<double> a = number(depth - 1);
        const Written<double> b = number(depth - 1);
        const char op = "+-*/"[below(4)];
        return {fmt::format("({} {} {})", a.text, op, b.text),
                {{"op", std::string(1, op)}, {"args", {a.in_json, b.in_json}}},
                [a, b, op](const geo::Feature &feature) -> std::optional<double> {
                    const auto left = a.judge(feature);
                    const auto right = b.judge(feature);
                    if (!left || !right || (op == '/' && *right == 0)) {
                        return std::nullopt;
                    }
                    return op == '+' ? *left + *right : (op == '-' ? *left - *right : (op == '*' ? *left * *right : *left / *right));
                }};
    }

    Written<std::string> text() {
        const std::size_t choice = below(4);
        if (choice == 0) {
            const std::string literal = std::vector<std::string>{"", "a", "Ab", "ab", "b", "it's"}[below(6)];
            std::string escaped = literal;
            if (const auto quote = escaped.find('\''); quote != std::string::npos) {
                escaped.insert(quote, "'");
            }
            return {"'" + escaped + "'", literal, [literal](const geo::Feature &) { return std::optional(literal); }};
        }
        if (choice == 1) {
            const Written<std::string> inner = text();
            return {"CASEI(" + inner.text + ")", {{"op", "casei"}, {"args", {inner.in_json}}}, [inner](const geo::Feature &feature) {
                        const auto value = inner.judge(feature);
                        return value ? std::optional(lowered(*value)) : std::nullopt;
                    }};
        }
        const std::string name = choice == 2 ? "t" : "id";
        return {name, {{"property", name}}, [name](const geo::Feature &feature) -> std::optional<std::string> {
                    if (name == "id") {
                        return feature.id;
                    }
                    const auto *value = feature.properties.find(name);
                    const auto *held = value != nullptr ? std::get_if<std::string>(value) : nullptr;
                    return held != nullptr ? std::optional(*held) : std::nullopt;
                }};
    }

    template <typename Value>
    Written<bool> compared(const Written<Value> &a, const Written<Value> &b) {
        const std::string op = std::vector<std::string>{"=", "<>", "<", ">", "<=", ">="}[below(6)];
        return {a.text + " " + op + " " + b.text,
                {{"op", op}, {"args", {a.in_json, b.in_json}}},
                [a, b, op](const geo::Feature &feature) -> std::optional<bool> {
                    const auto left = a.judge(feature);
                    const auto right = b.judge(feature);
                    if (!left || !right) {
                        return std::nullopt;
                    }
                    const std::map<std::string, bool> answers{{"=", *left == *right}, {"<>", *left != *right}, {"<", *left < *right},
                                                              {">", *left > *right},  {"<=", *left <= *right}, {">=", *left >= *right}};
                    return answers.at(op);
                }};
    }

    Written<bool> between(int depth) {
        const Written<double> value = number(depth);
        const Written<double> low = number(depth);
        const Written<double> high = number(depth);
        return {value.text + " BETWEEN " + low.text + " AND " + high.text,
                {{"op", "between"}, {"args", {value.in_json, low.in_json, high.in_json}}},
                [value, low, high](const geo::Feature &feature) {
                    const auto order = [&](const std::optional<double> &a, const std::optional<double> &b) {
                        return a && b ? std::optional(*a <= *b) : std::nullopt;
                    };
                    const auto at = value.judge(feature);
                    return conjunction(order(low.judge(feature), at), order(at, high.judge(feature)));
                }};
    }

    Written<bool> in_list() {
        const Written<double> value = number(0);
        Written<bool> list{value.text + " IN (", {{"op", "in"}, {"args", {value.in_json, json::array()}}}, {}};
        std::vector<Written<double>> members;
        for (std::size_t count = 1 + below(4); count > 0; --count) {
            members.push_back(number(0));
            list.text += (members.size() == 1 ? "" : ", ") + members.back().text;
            list.in_json["args"][1].push_back(members.back().in_json);
        }
        list.text += ")";
        list.judge = [value, members](const geo::Feature &feature) -> std::optional<bool> {
            const auto at = value.judge(feature);
            bool has_null = false;
            for (const auto &member : members) {
                const auto one = member.judge(feature);
                has_null = has_null || !one;
                if (at && one && *at == *one) {
                    return true;
                }
            }
            return at && !has_null ? std::optional(false) : std::nullopt;
        };
        return list;
    }

    Written<bool> likeness() {
        const Written<std::string> value = text();
        std::string pattern;
        for (std::size_t count = below(5); count > 0; --count) {
            pattern += "ab1%_"[below(5)];
        }
        return {value.text + " LIKE '" + pattern + "'",
                {{"op", "like"}, {"args", {value.in_json, pattern}}},
                [value, pattern](const geo::Feature &feature) {
                    const auto at = value.judge(feature);
                    return at ? std::optional(like(pattern, *at)) : std::nullopt;
                }};
    }

    Written<bool> is_null(int depth) {
        if (below(2) == 0) {
            const Written<double> value = number(depth);
            return {value.text + " IS NULL", {{"op", "isNull"}, {"args", {value.in_json}}}, [value](const geo::Feature &feature) {
                        return std::optional(!value.judge(feature).has_value());
                    }};
        }
        const Written<bool> value = truth(depth - 1);
        return {"(" + value.text + ") IS NULL", {{"op", "isNull"}, {"args", {value.in_json}}}, [value](const geo::Feature &feature) {
                    return std::optional(!value.judge(feature).has_value());
                }};
    }

    Written<bool> in_box() {
        const double west = 139.0 + static_cast<double>(below(10)) / 16;
        const double south = 35.0 + static_cast<double>(below(10)) / 16;
        const geo::LonLatBox box{west, south, west + 0.25, south + 0.25};
        return {
            fmt::format("S_INTERSECTS(geometry, BBOX({}, {}, {}, {}))", box.west_deg, box.south_deg, box.east_deg, box.north_deg),
            {{"op", "s_intersects"}, {"args", {{{"property", "geometry"}}, {{"bbox", {box.west_deg, box.south_deg, box.east_deg, box.north_deg}}}}}},
            [box](const geo::Feature &feature) { return std::optional(geo::intersects(feature.geometry, box)); }};
    }

    std::mt19937_64 m_random;
};

std::vector<geo::Feature> random_features(std::size_t count) {
    std::mt19937_64 random(11);
    const auto degree = [&](double from) { return from + static_cast<double>(random() % 1'000) / 1'000; };
    std::vector<geo::Feature> features;
    for (std::size_t number = 0; number < count; ++number) {
        const geo::LonLat at{degree(139), degree(35)};
        geo::Feature feature = test::place(fmt::format("{}{}", random() % 2 == 0 ? "a" : "B", number), at);
        if (random() % 3 == 0) {
            feature.geometry = geo::Geometry::line_string({at, {at.lon_deg + 0.1, at.lat_deg + 0.05}});
        }
        const auto maybe = [&](const char *name, geo::Value value) {
            if (const auto chance = random() % 8; chance > 1) {
                feature.properties.append(name, std::move(value));
            } else if (chance == 1) {
                feature.properties.append(name, std::monostate{});
            }
        };
        maybe("n", static_cast<std::int64_t>(random() % 9) - 4);
        maybe("m", static_cast<double>(random() % 17) / 2 - 4.25);
        maybe("t", std::vector<std::string>{"", "a", "Ab", "ab", "b1", "it's", "aab"}[random() % 7]);
        maybe("mixed", random() % 2 == 0 ? geo::Value(static_cast<std::int64_t>(random() % 4)) : geo::Value(std::string("a")));
        maybe("open", random() % 2 == 0);
        features.push_back(std::move(feature));
    }
    return features;
}

} // namespace

TEST_CASE("random filters are the same tree in both encodings and select what their definition says") {
    std::vector<geo::Feature> features = random_features(300);
    auto layer = test::layer_of({features.begin(), features.begin() + 150});
    const std::vector<std::string> removed{features[0].id, features[100].id};
    layer = layer->with_changes(layer->description(), removed, {features.begin() + 150, features.end()});
    features.erase(features.begin() + 100);
    features.erase(features.begin());
    std::sort(features.begin(), features.end(), [](const auto &a, const auto &b) { return a.id < b.id; });

    std::size_t selected_in_all = 0;
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
        const Written<bool> filter = Writer(seed).truth(3);
        INFO(seed << ": " << filter.text);
        const Expression expression = parse_text(filter.text);
        REQUIRE(expression == parse_json_filter(filter.in_json.dump()));
        std::string expected;
        for (const geo::Feature &feature : features) {
            if (filter.judge(feature) == std::optional(true)) {
                expected += (expected.empty() ? "" : " ") + feature.id;
                ++selected_in_all;
            }
        }
        REQUIRE(test::selected(*layer, filter.text) == expected);
    }
    CHECK(selected_in_all > 20'000); // the filters are not all for nothing
}
