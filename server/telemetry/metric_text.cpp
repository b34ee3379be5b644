#include "server/telemetry/metric_text.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cassert>
#include <limits>

namespace keyaki::server::telemetry {

struct MetricText::Families {
    std::vector<prometheus::MetricFamily> all;

    void begin(std::string_view name, std::string_view help, prometheus::MetricType type) {
        assert(help.find_first_of("\n\\") == std::string_view::npos && "the serializer takes a help text as it is");
        all.push_back({std::string(name), std::string(help), type, {}});
    }
    prometheus::ClientMetric &add(const Labels &labels) {
        assert(!all.empty() && "a family is begun before its values");
        prometheus::ClientMetric &metric = all.back().metric.emplace_back();
        for (const auto &[name, value] : labels) {
            metric.label.push_back({std::string(name), std::string(value)});
        }
        return metric;
    }
};

MetricText::MetricText() : m_families(std::make_unique<Families>()) {}
MetricText::~MetricText() = default;

MetricText &MetricText::counter(std::string_view name, std::string_view help) {
    m_families->begin(name, help, prometheus::MetricType::Counter);
    return *this;
}

MetricText &MetricText::gauge(std::string_view name, std::string_view help) {
    m_families->begin(name, help, prometheus::MetricType::Gauge);
    return *this;
}

MetricText &MetricText::histogram(std::string_view name, std::string_view help) {
    m_families->begin(name, help, prometheus::MetricType::Histogram);
    return *this;
}

MetricText &MetricText::value(double value, const Labels &labels) {
    prometheus::ClientMetric &metric = m_families->add(labels);
    assert(m_families->all.back().type != prometheus::MetricType::Histogram);
    metric.counter.value = value; // the serializer takes the one of the family's type
    metric.gauge.value = value;
    return *this;
}

MetricText &MetricText::distribution(std::span<const double> upper_bounds, std::span<const std::uint64_t> counts, double sum, const Labels &labels) {
    assert(m_families->all.back().type == prometheus::MetricType::Histogram && counts.size() == upper_bounds.size() + 1);
    prometheus::ClientMetric &metric = m_families->add(labels);
    std::uint64_t cumulative = 0;
    for (std::size_t place = 0; place < counts.size(); ++place) {
        cumulative += counts[place];
        const double bound = place < upper_bounds.size() ? upper_bounds[place] : std::numeric_limits<double>::infinity();
        metric.histogram.bucket.push_back({cumulative, bound});
    }
    metric.histogram.sample_count = cumulative;
    metric.histogram.sample_sum = sum;
    return *this;
}

std::string MetricText::text() const { return prometheus::TextSerializer().Serialize(m_families->all); }

} // namespace keyaki::server::telemetry
