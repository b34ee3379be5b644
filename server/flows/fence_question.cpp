#include "server/flows/fence_question.hpp"

#include "server/geojson.hpp"
#include "server/json_reader.hpp"
#include "server/limits.hpp"
#include "tiles/layer_snapshot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace keyaki::server {

namespace {

using Hits = std::vector<tiles::LayerSnapshot::FenceHit>;

/// The most probable first, of equals the lesser id.
void sort(Hits &hits) {
    std::sort(hits.begin(), hits.end(), [](const auto &a, const auto &b) {
        return a.probability != b.probability ? a.probability > b.probability : a.feature.id() < b.feature.id();
    });
}

/// Four decimals, through a whole number: several times faster than formatting a double.
void append_probability(std::string &out, double probability) {
    const auto scaled = static_cast<unsigned>(std::lround(probability * 10'000));
    out += static_cast<char>('0' + scaled / 10'000);
    out += '.';
    for (unsigned unit = 1'000; unit > 0; unit /= 10) {
        out += static_cast<char>('0' + scaled / unit % 10);
    }
}

void append_hits(std::string &out, const Hits &hits) {
    const char *separator = "";
    for (const auto &hit : hits) {
        out += separator;
        out += R"({"id":)";
        append_json_string(out, hit.feature.id());
        out += R"(,"probability":)";
        append_probability(out, hit.probability);
        out += '}';
        separator = ",";
    }
}

} // namespace

std::string answer_fence_question(const Collection &collection, const FenceQuestion &question) {
    std::string answer = fmt::format(R"({{"revision":"{}","rules":"{}","at_least":{},"positions":[)", collection.revision_header(),
                                     geo::PresenceRules{}.version, question.at_least);
    Hits hits;
    std::size_t answered = 0;
    for (std::size_t number = 0; number < question.positions.size(); ++number) {
        const FenceQuestion::Asked &asked = question.positions[number];
        collection.snapshot->find_fences(asked.position, asked.sigma_m, question.at_least, hits);
        answered += hits.size();
        if (answered > max_answered_fences) {
            throw FieldErrors("the question", {{fmt::format("/positions/{}", number),
                                                fmt::format("with this one more than {} fences would be answered, the most in one answer: ask for "
                                                            "fewer positions, or raise at_least",
                                                            max_answered_fences)}});
        }
        sort(hits);
        fmt::format_to(std::back_inserter(answer), R"({}{{"sigma_m":{:.1f},"fences":[)", number == 0 ? "" : ",", asked.sigma_m);
        append_hits(answer, hits);
        answer += "]}";
    }
    answer += "]}";
    return answer;
}

} // namespace keyaki::server
