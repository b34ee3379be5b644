#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::test {

/// Prometheus's text format 0.0.4, read as strictly as its documentation is written.
struct MetricFamily {
    std::string type; ///< counter, gauge or histogram
    std::string help;
    using Labels = std::map<std::string, std::string>;
    struct Sample {
        std::string name; ///< the family's, or with _bucket, _sum or _count
        Labels labels;
        double value = 0;
    };
    std::vector<Sample> samples;
};
using MetricFamilies = std::map<std::string, MetricFamily>;

/// Throws std::runtime_error with the line for anything that is not as it must be: HELP and TYPE once and before the family's samples, families in
/// one piece, legal names, no sample twice, counters named _total and not negative, buckets that rise to +Inf and there agree with _count.
[[nodiscard]] MetricFamilies parse_metrics(std::string_view text);

/// The sum of the samples of that name whose labels include these; 0 where there are none.
[[nodiscard]] double metric(const MetricFamilies &families, const std::string &name, const MetricFamily::Labels &labels = {});

/// The family to which a sample of that name belongs, nullptr when there is none: "a_bucket" is of the histogram "a".
[[nodiscard]] const MetricFamily *family_of(const MetricFamilies &families, const std::string &sample_name);

} // namespace keyaki::test
