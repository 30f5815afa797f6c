//! Puts the facts of all files together: which chart reads which overrides.

use crate::source::FileId;

use super::{
    super::tree::{Paths, parent},
    CHART, Chart, Hybrid, Installation, Unit,
};

impl Hybrid {
    pub(in crate::model) fn link(units: &[(FileId, Unit)], paths: &Paths) -> Self {
        let mut units: Vec<(FileId, Unit)> = units.to_vec();
        units.sort_by_key(|(file, _)| *file);
        let mut this = Self::default();
        let mut all = Vec::new();
        for (file, unit) in units {
            all.extend(unit.overrides.into_iter().map(|it| (file, it)));
            this.routes.extend(unit.routes);
            this.route_configs.extend(unit.route_configs);
            this.secrets.extend(unit.secrets);
            this.charts.extend(unit.chart);
            this.repeated.extend(unit.repeated);
            this.faults.extend(unit.fault);
        }
        let helm = !this.charts.is_empty();
        for (file, overrides) in all {
            let chart = nearest(&this.charts, parent(&paths.node(file).path));
            this.installations.push(Installation { file, overrides, chart, helm });
        }
        this
    }
}

/// The chart of virtual hosts that has most folders in common with a folder; `None` where several have.
fn nearest(charts: &[Chart], folder: &str) -> Option<usize> {
    let mut best: Option<(usize, usize)> = None;
    let mut alone = true;
    for (at, chart) in charts.iter().enumerate().filter(|(_, it)| it.name.trimmed() == CHART) {
        let near = common(&chart.folder, folder);
        match best {
            Some((known, _)) if near < known => {}
            Some((known, _)) if near == known => alone = false,
            _ => (best, alone) = (Some((near, at)), true),
        }
    }
    best.filter(|_| alone).map(|(_, at)| at)
}

/// How many folders two paths have in common at their start.
fn common(a: &str, b: &str) -> usize {
    let parts =
        |path: &'_ str| path.split('/').filter(|it| !it.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    parts(a).iter().zip(&parts(b)).take_while(|(a, b)| a == b).count()
}
