#include "tests/support/metrics_text.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>

namespace keyaki::test {

namespace {

void require(bool holds, std::string_view line, const char *rule) {
    if (!holds) {
        throw std::runtime_error("\"" + std::string(line) + "\": " + rule);
    }
}

bool is_name(std::string_view text, bool may_have_colons) {
    return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) == 0 && std::all_of(text.begin(), text.end(), [&](char letter) {
        return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_' || (may_have_colons && letter == ':');
    });
}

double parse_value(std::string_view text, std::string_view line) {
    if (text == "+Inf") {
        return std::numeric_limits<double>::infinity();
    }
    std::size_t used = 0;
    const double value = std::stod(std::string(text), &used);
    require(used == text.size() && !std::isnan(value), line, "a value is a number");
    return value;
}

/// {a="b",c="d"} from its first letter on; `rest` is what follows.
MetricFamily::Labels parse_labels(std::string_view text, std::string_view &rest, std::string_view line) {
    MetricFamily::Labels labels;
    while (text.front() != '}') {
        const std::size_t equals = text.find("=\"");
        require(equals != std::string_view::npos && is_name(text.substr(0, equals), false), line, "a label is name=\"value\"");
        std::string value;
        std::size_t at = equals + 2;
        for (; at < text.size() && text[at] != '"'; ++at) {
            const bool is_escaped = text[at] == '\\';
            require(!is_escaped || (at + 1 < text.size() && std::string_view("\\\"n").find(text[at + 1]) != std::string_view::npos), line,
                    "an escape is \\\\, \\\" or \\n");
            if (is_escaped) {
                ++at;
            }
            value += is_escaped && text[at] == 'n' ? '\n' : text[at];
        }
        require(at + 1 < text.size() && labels.emplace(text.substr(0, equals), value).second, line, "a label stands once and ends with a quote");
        text.remove_prefix(at + 1);
        require(text.front() == '}' || text.front() == ',', line, "labels are separated by commas");
        text.remove_prefix(text.front() == ',' ? 1 : 0);
        require(!text.empty(), line, "labels end with a brace");
    }
    rest = text.substr(1);
    return labels;
}

MetricFamily::Sample parse_sample(std::string_view line) {
    const std::size_t end = std::min(line.find('{'), line.find(' '));
    require(end != std::string_view::npos && is_name(line.substr(0, end), true), line, "a sample begins with a name");
    MetricFamily::Sample sample{std::string(line.substr(0, end)), {}, 0};
    std::string_view rest = line.substr(end);
    if (rest.front() == '{') {
        sample.labels = parse_labels(rest.substr(1), rest, line);
    }
    require(rest.size() > 1 && rest.front() == ' ' && rest.find(' ', 1) == std::string_view::npos, line, "one blank and a value, no time");
    sample.value = parse_value(rest.substr(1), line);
    return sample;
}

bool belongs(const std::string &sample, const std::string &family, const std::string &type) {
    return type == "histogram" ? sample == family + "_bucket" || sample == family + "_sum" || sample == family + "_count" : sample == family;
}

void check_histogram(const std::string &name, const MetricFamily &family) {
    std::map<MetricFamily::Labels, std::pair<double, double>> last; // bound and count, by the labels without le
    for (const MetricFamily::Sample &sample : family.samples) {
        MetricFamily::Labels labels = sample.labels;
        if (sample.name == name + "_bucket") {
            require(labels.contains("le"), name, "a bucket has a bound");
            const double bound = parse_value(labels.at("le"), name);
            labels.erase("le");
            const auto [place, is_first] = last.try_emplace(labels, bound, sample.value);
            require(is_first || (place->second.first < bound && place->second.second <= sample.value), name, "bounds and counts of buckets rise");
            place->second = {bound, sample.value};
        }
    }
    for (const MetricFamily::Sample &sample : family.samples) {
        if (sample.name == name + "_count") {
            require(last.contains(sample.labels) && std::isinf(last.at(sample.labels).first) && last.at(sample.labels).second == sample.value, name,
                    "the bucket +Inf has the count");
        }
    }
}

void check_family(const std::string &name, const MetricFamily &family) {
    std::set<std::pair<std::string, MetricFamily::Labels>> seen;
    const bool is_counter = family.type == "counter";
    require(!family.type.empty() && !family.help.empty(), name, "a family has TYPE and HELP");
    require(is_counter == name.ends_with("_total"), name, "counters are named _total, and nothing else is");
    for (const MetricFamily::Sample &sample : family.samples) {
        require(seen.emplace(sample.name, sample.labels).second, name, "a sample stands once");
        require(family.type == "gauge" || sample.value >= 0, name, "what is counted is not negative");
    }
    if (family.type == "histogram") {
        check_histogram(name, family);
    }
}

/// "# HELP name text" or "# TYPE name type" to the family that it opens.
void take_comment(std::string_view line, MetricFamilies &families, std::string &current) {
    const bool is_help = line.starts_with("# HELP ");
    require(is_help || line.starts_with("# TYPE "), line, "a comment is HELP or TYPE");
    const std::size_t end = line.find(' ', 7);
    require(end != std::string_view::npos && is_name(line.substr(7, end - 7), true), line, "HELP and TYPE name a family");
    const std::string name(line.substr(7, end - 7));
    require(is_help != (name == current), line, "HELP opens a family, TYPE follows at once");
    require(!is_help || !families.contains(name), line, "a family stands in one piece");
    current = name;
    MetricFamily &family = families[name];
    std::string &field = is_help ? family.help : family.type;
    require(field.empty() && family.samples.empty(), line, "HELP and TYPE stand once, before the samples");
    field = line.substr(end + 1);
    require(is_help || field == "counter" || field == "gauge" || field == "histogram", line, "a type is counter, gauge or histogram");
}

} // namespace

MetricFamilies parse_metrics(std::string_view text) {
    MetricFamilies families;
    std::string current;
    require(text.ends_with('\n'), text.substr(text.size() - std::min<std::size_t>(text.size(), 80)), "the last line ends");
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(line.size() + 1);
        if (line.starts_with('#')) {
            take_comment(line, families, current);
            continue;
        }
        MetricFamily::Sample sample = parse_sample(line);
        require(!current.empty() && belongs(sample.name, current, families.at(current).type), line, "a sample is of the family above it");
        families.at(current).samples.push_back(std::move(sample));
    }
    for (const auto &[name, family] : families) {
        check_family(name, family);
    }
    return families;
}

double metric(const MetricFamilies &families, const std::string &name, const MetricFamily::Labels &labels) {
    const MetricFamily *family = family_of(families, name);
    if (family == nullptr) {
        return 0;
    }
    double sum = 0;
    for (const MetricFamily::Sample &sample : family->samples) {
        const bool fits = std::all_of(labels.begin(), labels.end(), [&](const auto &label) {
            const auto found = sample.labels.find(label.first);
            return found != sample.labels.end() && found->second == label.second;
        });
        sum += sample.name == name && fits ? sample.value : 0;
    }
    return sum;
}

const MetricFamily *family_of(const MetricFamilies &families, const std::string &sample_name) {
    for (const std::string ending : {"", "_bucket", "_sum", "_count"}) {
        if (sample_name.ends_with(ending)) {
            const auto found = families.find(sample_name.substr(0, sample_name.size() - ending.size()));
            if (found != families.end() && belongs(sample_name, found->first, found->second.type)) {
                return &found->second;
            }
        }
    }
    return nullptr;
}

} // namespace keyaki::test
